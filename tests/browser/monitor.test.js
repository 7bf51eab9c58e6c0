// The monitor: the server's upkeep run now and watched in two browsers, a dry run, what is left after a restart and after a crash in
// the middle; the server's log in its other tab.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open()));
after(() => world?.close());

const cells = (page) => page.getByRole('list', { name: 'Steps' }).locator('li');
const states = (page) => cells(page).evaluateAll((all) => all.map((one) => one.dataset.state));
const over = new Set(['completed', 'failed', 'skipped', 'cancelled']);
const isOver = (page) => eventually('every step is over', async () => {
  const seen = await states(page);
  return seen.length > 10 && seen.every((state) => over.has(state));
}, 60_000);
const status = async () => (await world.call('GET', '/maintenance/status')).body;

test('before its first run every step is pending, and it says so', async () => {
  const { page } = world;
  await world.open('/monitor');
  await page.getByText('never run', { exact: true }).waitFor();
  assert.ok((await states(page)).every((state) => state === 'pending'));
  assert.deepEqual(await accessibilityFaults(page), []);
});

test('run now: the steps turn, in two browsers at once, and end as they really ended', async () => {
  const { page } = world;
  const other = await openPage(await world.browser.newContext({ storageState: await world.context.storageState() }));
  await world.open('/monitor', other);
  await page.getByRole('button', { name: 'Run now' }).click();
  for (const one of [page, other]) await isOver(one);
  const { steps, last_run: run } = await status();
  for (const one of [page, other]) assert.deepEqual(await states(one), steps.map((step) => step.state));
  assert.equal(run.progress.done, run.progress.total, 'skipped steps are over too');
  await eventually('the button is back', () => page.getByRole('button', { name: 'Run now' }).isEnabled());
  await page.getByRole('table', { name: /Runs of the upkeep/ }).locator(`tr[data-run="${run.id}"]`).waitFor();
  // A step that is chosen narrows the log.
  await cells(page).first().getByRole('button').click();
  assert.equal(new URL(page.url()).searchParams.get('step'), '1');
  assert.deepEqual(await accessibilityFaults(page), []);
  world.assertQuiet();
  world.assertQuiet(other);
  await other.context().close();
});

test('a dry run says that it is one', async () => {
  const { page } = world;
  await world.open('/monitor');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await eventually('it has ended', async () => (await status()).last_run?.dry_run === true, 60_000);
  await page.getByRole('table', { name: /Runs of the upkeep/ }).locator('tr').filter({ hasText: 'dry run' }).waitFor();
});

test('the log of the last runs is one, and a line leads to its run', async () => {
  const { page } = world;
  await world.open('/monitor');
  const rows = page.getByRole('region', { name: 'Lines, newest last' }).locator('li');
  await rows.first().waitFor();
  await page.getByLabel('Of which runs').selectOption('all');
  await page.waitForURL((url) => url.searchParams.get('log') === 'all');
  const { lines } = (await world.call('GET', '/maintenance/logs?limit=1000')).body;
  assert.ok(new Set(lines.map((line) => line.run_id)).size > 1);
  await page.getByRole('region', { name: 'Lines, newest last' }).evaluate((one) => (one.scrollTop = 0));
  await rows.first().getByRole('button').click();
  const chosen = page.getByRole('region', { name: 'The chosen line' });
  assert.ok((await chosen.getByRole('link', { name: 'Open run' }).getAttribute('href')).endsWith(lines[0].run_id));
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByLabel('Search the log').fill('no such words');
  await page.getByText('No line fits.').waitFor();
  // What is written now joins what was.
  await page.getByLabel('Search the log').fill('');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await eventually('it has ended', async () => (await status()).last_run.id !== lines.at(-1).run_id, 60_000);
  const now = (await world.call('GET', '/maintenance/logs?limit=1000')).body.lines;
  await rows.filter({ hasText: now.at(-1).text }).last().waitFor();
  world.assertQuiet();
});

test('who may only look finds no upkeep: no page, no answer, no message', async () => {
  const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
  const { state } = await world.join('vera', [{ environment_id: environment, role: 'viewer' }]);
  const context = await world.browser.newContext({ storageState: state });
  const page = await openPage(context);
  const frames = [];
  await page.exposeFunction('heardRun', (text) => frames.push(text));
  await page.addInitScript(() => {
    const ask = window.fetch;
    window.fetch = async (...what) => {
      const answer = await ask(...what);
      if (!answer.headers.get('Content-Type')?.startsWith('text/event-stream')) return answer;
      const [mine, theirs] = answer.body.tee();
      void mine.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: (text) => window.heardRun(text) }));
      return new Response(theirs, answer);
    };
  });
  await world.open('/monitor', page);
  await page.getByRole('heading', { name: 'The upkeep of the server is for server administrators' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Run now' }).count(), 0);
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: 'Monitor' }).count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  const ask = (method, path) => context.request.fetch(`${world.url}/api/v1${path}`, { method, data: method === 'POST' ? {} : undefined, headers: { Origin: world.url }, failOnStatusCode: false });
  for (const [method, path] of [['GET', '/maintenance/status'], ['GET', '/maintenance/logs'], ['POST', '/maintenance/run']]) {
    assert.match(String((await ask(method, path)).status()), /^40[34]$/, `${method} ${path}`);
  }
  const before = (await status()).last_run?.id;
  await world.call('POST', '/maintenance/run', { dry_run: true });
  await eventually('it has ended', async () => (await status()).last_run?.id !== before, 60_000);
  const run = (await status()).last_run.id;
  await page.goto(`${world.url}/runs/${run}`);
  await page.getByRole('heading', { name: 'There is no such run' }).waitFor();
  assert.ok(frames.join('').includes('event: hello'), 'the stream was listened to');
  assert.ok(!frames.join('').includes(run), 'nothing of it was said');
  await world.open('/monitor/logs', page);
  await page.getByRole('heading', { name: 'The log is for server administrators' }).waitFor();
  world.assertQuiet(page);
  await context.close();
});

test('the last run stands there after a restart, step by step', async () => {
  const { page } = world;
  const before = await states(page);
  await world.server.child.stop();
  await world.server.start();
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 40_000 });
  await page.reload();
  await isOver(page);
  assert.deepEqual(await states(page), before);
});

test('a server that dies in the middle has a run that says interrupted', async () => {
  const { page } = world;
  // It is quick on an empty store: some tries may be needed until it dies before the end.
  for (let tries = 0; tries < 10 && !(await status()).last_run?.state.match(/interrupted/); tries++) {
    await world.call('POST', '/maintenance/run', {});
    await world.server.child.stop('SIGKILL');
    await world.server.start();
  }
  assert.equal((await status()).last_run.state, 'interrupted');
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 40_000 });
  await page.locator('.state').getByText('interrupted').first().waitFor({ timeout: 20_000 });
  assert.ok(await page.getByRole('button', { name: 'Run now' }).isEnabled(), 'its lock is free');
  await world.open('/');
  await page.locator('li[data-condition="run.failed"]').getByRole('link', { name: 'Open run' }).click();
  await page.locator('.title .state .word', { hasText: 'interrupted' }).waitFor();
  await page.getByRole('button', { name: 'Run again' }).click();
  await eventually('it has run again', async () => (await status()).last_run?.state.startsWith('completed'), 60_000);
  world.assertQuiet();
});

test('the log has moved, and its old address leads to it', async () => {
  const { page } = world;
  await world.open('/logs?level=warn&q=nothing');
  await page.waitForURL('**/monitor/logs?level=warn&q=nothing');
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.waitForURL((url) => url.pathname === '/monitor');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForURL((url) => url.pathname === '/monitor/logs');
});

test('the monitor at every size', async () => {
  for (const [view, width, height, scheme] of [['light', 1440, 900, 'light'], ['dark', 1440, 900, 'dark'], ['phone', 360, 740, 'light']]) {
    const page = await openPage(world.context);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await world.open('/monitor', page);
    await page.locator('tr[data-run]').first().waitFor();
    assert.deepEqual(await accessibilityFaults(page), [], view);
    assert.ok((await overflow(page)) <= 0, `${view}: wider than the window`);
    await screenshot(page, `monitor-${view}`, 'scratch');
    world.assertQuiet(page);
    await page.close();
  }
});
