// A browser that has never been here, signed in: what comes over the wire until the fleet stands, and how soon it does.
import { World } from '../../tests/browser/support/world.js';
import { openPage } from '../../tests/browser/support/browser.js';
import { loadAverage, quantile, row, rounded } from './figures.mjs';

const kRuns = 9;
const world = await World.open({ agents: 1 });
try {
  const state = await world.context.storageState();
  const runs = [];
  for (let run = 0; run <= kRuns; run++) {
    const context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, storageState: state });
    const page = await openPage(context);
    const debug = await context.newCDPSession(page);
    await debug.send('Network.enable');
    const assets = new Map();
    const kinds = new Map();
    debug.on('Network.responseReceived', ({ requestId, response }) => kinds.set(requestId, new URL(response.url).pathname));
    debug.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => assets.set(kinds.get(requestId), encodedDataLength));
    await page.goto(`${world.url}/fleet`);
    const cell = page.locator(`tr[data-host="${world.host.name}"] .cpu`);
    await cell.getByText('%').waitFor();
    const live = await page.evaluate(() => performance.now());
    await page.locator('.stream[data-phase=live]').waitFor();
    const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);
    const sum = (wanted) => [...assets].reduce((total, [path, size]) => total + (wanted(path ?? '') ? size : 0), 0);
    // The first run fills the caches of the machine.
    if (run > 0) runs.push({ page: sum((path) => !path.startsWith('/api/')), api: sum((path) => path.startsWith('/api/')), files: assets.size, painted, live });
    await context.close();
  }
  const median = (pick) => rounded(quantile(runs.map(pick), 0.5), 0);
  row('F14', {
    runs: runs.length, page_bytes: median((run) => run.page), api_bytes: median((run) => run.api), requests: median((run) => run.files),
    first_contentful_paint_ms: median((run) => run.painted), values_on_screen_ms: median((run) => run.live), load: loadAverage(),
  });
} finally {
  await world.close();
}
