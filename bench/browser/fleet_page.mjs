// The fleet page under 1,000 simulated hosts: time between frames and long tasks while it is only watched and while someone
// scrolls through it, what the page's process and the server cost in CPU and memory, and whether memory grows.
import { World } from '../../tests/browser/support/world.js';
import { spawnProgram } from '../../tests/browser/support/program.js';
import { eventually } from '../../tests/browser/support/eventually.js';
import { openPage } from '../../tests/browser/support/browser.js';
import { cpuSeconds, loadAverage, residentMib, row, rounded, spread } from './figures.mjs';

const kHosts = Number(process.env.FETTLE_BENCH_HOSTS ?? 1000);
const kSeconds = Number(process.env.FETTLE_BENCH_SECONDS ?? 15);

/** Runs in the page: frames and long tasks for some seconds; with `speed`, scrolled that many px a frame, down and up. */
async function record({ seconds, speed }) {
  const main = document.querySelector('main');
  const deltas = [];
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({ type: 'longtask' });
  let direction = 1;
  await new Promise((done) => {
    const start = performance.now();
    let last = start;
    const step = (now) => {
      deltas.push(now - last);
      last = now;
      if (speed) {
        if (main.scrollTop + main.clientHeight >= main.scrollHeight - 2) direction = -1;
        if (main.scrollTop <= 0) direction = 1;
        main.scrollTop += speed * direction;
      }
      if (now - start < seconds * 1000) requestAnimationFrame(step);
      else done();
    };
    requestAnimationFrame(step);
  });
  observer.disconnect();
  return { deltas: deltas.slice(1), long };
}

/** A frame each 16.7 ms is what a screen shows; a little slack for the clock. */
const over = (deltas, ms) => deltas.filter((one) => one > ms).length;

const world = await World.open();
let simulation;
try {
  const token = await world.call('POST', '/tokens', { name: 'simulation', scopes: ['read', 'operate', 'admin'] });
  simulation = spawnProgram(['simulate', '--url', world.url, '--token', token.body.token, '--hosts', String(kHosts), '--seconds', '36000']);
  const page = await openPage(world.context);
  await world.open('/fleet', page);
  await eventually(`${kHosts} hosts are online`, async () => (await page.locator('.counts').textContent())?.includes(`${kHosts} hosts, all`), 300_000);
  const debug = await world.context.newCDPSession(page);
  await debug.send('Performance.enable');
  const browser = await world.browser.newBrowserCDPSession();
  const processes = async () => (await browser.send('SystemInfo.getProcessInfo')).processInfo;
  const heap = async () => {
    await debug.send('HeapProfiler.collectGarbage');
    const { metrics } = await debug.send('Performance.getMetrics');
    return rounded(metrics.find((one) => one.name === 'JSHeapUsedSize').value / 2 ** 20);
  };
  const server = world.server.child.process.pid;
  const phase = async (name, options) => {
    const before = await processes();
    const serverBefore = cpuSeconds(server);
    const began = performance.now();
    const { deltas, long } = await page.evaluate(record, { seconds: kSeconds, speed: 0, ...options });
    const wall = (performance.now() - began) / 1000;
    const serverCpu = cpuSeconds(server) - serverBefore;
    const after = await processes();
    const share = (type) => rounded(after.filter((one) => one.type === type)
      .reduce((sum, one) => sum + one.cpuTime - (before.find((old) => old.id === one.id)?.cpuTime ?? 0), 0) / wall * 100);
    row(`fleet page, ${kHosts} hosts, ${name}`, {
      frame_ms: spread(deltas), frames: deltas.length, late: over(deltas, 18), over_33_ms: over(deltas, 34), over_50_ms: over(deltas, 50),
      long_tasks: long.length, longest_ms: rounded(Math.max(0, ...long), 0),
      renderer_cpu_percent: share('renderer'), browser_cpu_percent: share('browser'), heap_mib: await heap(),
      renderer_rss_mib: Math.max(...after.filter((one) => one.type === 'renderer').map((one) => residentMib(one.id))),
      server_cpu_percent: rounded((serverCpu / wall) * 100), server_rss_mib: residentMib(server), load: loadAverage(),
    });
  };
  await phase('watched');
  await phase('scrolled, 30 px a frame', { speed: 30 });
  await phase('scrolled, 400 px a frame', { speed: 400 });
  await page.getByRole('button', { name: 'CPU' }).click();
  await phase('watched, by CPU');
  await page.getByRole('button', { name: 'Tiles' }).click();
  await page.locator('.tile').first().waitFor();
  await phase('tiles, scrolled, 30 px a frame', { speed: 30 });
} finally {
  await simulation?.stop();
  await world.close();
}
