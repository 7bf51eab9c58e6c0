// For each sample of a host that is looked at: the time from the sample's own clock (/proc was read then, on this machine) until
// the table of a chart shows it. The stream is tapped beside the page, so that each change of the DOM finds its sample.
import { World } from '../../tests/browser/support/world.js';
import { eventually } from '../../tests/browser/support/eventually.js';
import { openPage } from '../../tests/browser/support/browser.js';
import { loadAverage, row, spread } from './figures.mjs';

const kSamples = Number(process.env.FETTLE_BENCH_SAMPLES ?? 240);

/** Runs in the page before its own scripts. */
function tap() {
  const now = () => performance.timeOrigin + performance.now();
  window.bench = { measured: [], arrived: [], pending: [] };
  const original = window.fetch;
  window.fetch = async (...args) => {
    const answer = await original(...args);
    if (!String(args[0]).includes('/api/v1/stream?') || !answer.body) return answer;
    const [ours, theirs] = answer.body.tee();
    void read(ours);
    return new Response(theirs, { status: answer.status, headers: answer.headers });
  };
  async function read(body) {
    const text = new TextDecoder();
    const reader = body.getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + text.decode(value, { stream: true })).split('\n\n');
      rest = frames.pop();
      for (const frame of frames) {
        if (!frame.includes('event: metric_update')) continue;
        const { at } = JSON.parse(/^data: (.*)$/m.exec(frame)[1]);
        window.bench.arrived.push(now() - at);
        window.bench.pending.push(at);
      }
    }
  }
  new MutationObserver((changes) => {
    const inTable = changes.some(({ target }) => (target.parentElement ?? target).closest?.('table[aria-label$=", values"]'));
    if (!inTable) return;
    const { pending, measured } = window.bench;
    // A frame shows the newest; those before it in the same frame were in the DOM just as late.
    for (const at of pending.splice(0)) {
      const inDom = now() - at;
      requestAnimationFrame(() => measured.push([inDom, now() - at]));
    }
  }).observe(document, { subtree: true, characterData: true, childList: true });
}

const world = await World.open({ agents: 1 });
try {
  const page = await openPage(world.context);
  await page.addInitScript(tap);
  await world.open(`/hosts/${world.host.id}`, page);
  await page.locator('.plot canvas').first().waitFor();
  // The first samples come while charts are being made: not what someone who watches sees.
  await eventually('the page is warm', () => page.evaluate(() => window.bench.measured.length >= 5), 30_000);
  await page.evaluate(() => Object.assign(window.bench, { measured: [], arrived: [] }));
  const before = loadAverage();
  await eventually(`${kSamples} samples were shown`, () => page.evaluate((wanted) => window.bench.measured.length >= wanted, kSamples), kSamples * 4_000);
  const { measured, arrived } = await page.evaluate(() => window.bench);
  row('F9', {
    samples: measured.length,
    dom_ms: spread(measured.map(([dom]) => dom)),
    frame_ms: spread(measured.map(([, frame]) => frame)),
    arrived_ms: spread(arrived),
    load: [before, loadAverage()],
  });
} finally {
  await world.close();
}
