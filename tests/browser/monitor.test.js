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
