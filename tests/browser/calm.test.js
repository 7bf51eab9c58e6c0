// Nothing blinks, nothing jumps, nothing is heavy: what people feel before they read a number.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
// A host that speaks every second, so that what could move does so soon.
before(async () => (world = await World.open({ agents: 1, settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } })));
after(() => world?.close());

/** As browsers score it: the part of the window that moved times how far. 0.1 is called good; numbers that get a digit move a little. */
const kMostShift = 0.005;
const kMostFirstLoad = 150 * 1024;

async function openMeasured(path) {
  const page = await openPage(world.context);
  await page.addInitScript(() => {
    window.shifts = [];
    const moved = (entry) => entry.sources.map(({ node, previousRect: from, currentRect: to }) =>
      `${node?.className ?? node?.nodeName}: ${[from.x, from.y, to.x, to.y].map(Math.round)}`);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifts.push({ value: entry.value, moved: moved(entry) });
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await world.open(path, page);
  return page;
}

for (const width of [1440, 360]) {
  test(`nothing moves while a page comes up and lives, at ${width} px`, async () => {
    const pages = [
      { path: '/fleet', moving: '.share, .flows, .value' },
      { path: '/fleet?view=tiles', moving: '.tile dd' },
      { path: `/hosts/${world.host.id}`, moving: 'table[aria-label="CPU, values"] td' },
      { path: '/events', ready: 'main li time' },
      { path: '/settings/tokens', ready: 'section[aria-labelledby=tokens-title] code' },
    ];
    for (const { path, moving, ready = moving } of pages) {
      const page = await openMeasured(path);
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => (window.shifts.length = 0));
      await page.reload();
      await page.locator(ready).first().waitFor({ state: 'attached' });
      const text = async () => (await page.locator(moving).allTextContents()).join(' ');
      for (let changes = 0; moving && changes < 2; changes++) {
        const said = await text();
        await eventually(`a number on ${path} changes`, async () => (await text()) !== said, 30_000);
      }
      const shifts = await page.evaluate(() => window.shifts);
      const sum = shifts.reduce((total, shift) => total + shift.value, 0);
      assert.ok(sum <= kMostShift, `${path} moved by ${sum}: ${JSON.stringify(shifts.sort((a, b) => b.value - a.value).slice(0, 3))}`);
      await page.close();
    }
  });
}

test('the notice that live updates are interrupted moves nothing', async () => {
  const page = await openMeasured('/fleet');
  await page.locator('tbody tr[data-host]').first().waitFor();
  await page.evaluate(() => (window.shifts.length = 0));
  await page.route('**/api/v1/stream?*', (route) => route.abort());
  await world.server.child.stop();
  // Which of its sentences it is depends on whether something was asked meanwhile.
  await page.getByText(/Live updates are interrupted|The server cannot be reached/).first().waitFor({ timeout: 30_000 });
  assert.deepEqual(await page.evaluate(() => window.shifts.filter((shift) => shift.value > 0.001)), []);
  await world.server.start();
  await page.unroute('**/api/v1/stream?*');
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 45_000 });
  await page.close();
});

test('the frame of the page is painted before a script has come, and stays where it is', async () => {
  const page = await openPage(await world.browser.newContext({ storageState: await world.context.storageState(), viewport: { width: 1440, height: 900 } }));
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await page.route('**/assets/*.js', async (route) => {
    await held;
    await route.continue();
  });
  const places = (frame) => page.evaluate((selector) => {
    const of = (one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return [one.textContent.trim(), x, y, width, height, getComputedStyle(one).fontSize];
    };
    const all = document.querySelector(selector);
    return all && [...all.querySelectorAll('.rail-place, .top-search, .top-search .words, .top-search kbd')].map(of)
      .filter(([text]) => /^(Overview|Fleet|Runs|Search or go to.*|Ctrl K)$/.test(text)).sort();
  }, frame);
  await page.goto(`${world.url}/fleet`, { waitUntil: 'commit' });
  await page.locator('#painted').getByText('Overview').waitFor();
  await eventually('the browser has painted it', () => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length > 0));
  const painted = await places('#painted');
  assert.equal(painted.length, 6, JSON.stringify(painted));
  letGo();
  await page.locator('.stream[data-phase=live]').waitFor();
  assert.equal(await page.locator('#painted').count(), 0);
  assert.deepEqual(await places('.shell'), painted);
  // Whoever is not signed in stands before a door without it, at the second visit at the latest.
  await page.context().clearCookies();
  for (const isDoor of [false, true]) {
    await page.goto(`${world.url}/fleet`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(await page.locator('html[data-door]').count() > 0, isDoor);
  }
  world.assertQuiet(page);
  await page.context().close();
});

test('the first load is light', async () => {
  const context = await world.browser.newContext({ storageState: await world.context.storageState() });
  const page = await openPage(context);
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  const files = new Set();
  network.on('Network.responseReceived', ({ requestId, response }) => !response.url.includes('/api/') && files.add(requestId));
  network.on('Network.loadingFinished', (event) => (bytes += files.has(event.requestId) ? event.encodedDataLength : 0));
  await world.open(`/hosts/${world.host.id}`, page);
  await page.locator('.plot canvas').first().waitFor();
  assert.ok(bytes > 10_000, `only ${bytes} bytes were counted`);
  assert.ok(bytes <= kMostFirstLoad, `${bytes} bytes for the heaviest page, charts and all`);
  await context.close();
});

test('nothing turns for those who asked for less motion', async () => {
  const page = await openPage(world.context);
  const moving = () => page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);
  await world.open('/fleet', page);
  await page.keyboard.press('a');
  await page.getByText('Waiting for the host').waitFor();
  await eventually('the waiting shape turns', async () => (await moving()) > 0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await eventually('it stands still', async () => (await moving()) === 0);
  await page.close();
});
