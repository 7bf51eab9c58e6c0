// Schedules: the editor says what a line means while one types, marks what a change of the clocks does, and puts errors beside their
// fields; the list, the ledger; who may only look.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { beAway } from './support/past.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ agents: 1 })));
after(() => world?.close());

const times = (page = world.page) => page.getByRole('region', { name: 'Next times' }).locator('li');
const row = (name, page = world.page) => page.locator(`tr[data-schedule="${name}"]`);

test('the editor shows ten times, and marks a gap and a repeat', async () => {
  const { page } = world;
  await world.open('/schedules');
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  await page.getByRole('link', { name: 'Add a schedule' }).click();
  await page.waitForURL('**/schedules/new');
  let asked = 0;
  page.on('request', (request) => (asked += request.url().endsWith('/schedules/preview')));
  await page.getByLabel('What').selectOption('host-check');
  await page.getByLabel('Where').selectOption(world.host.name);
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  // The last Sunday of March and of October, at half past two: the one does not exist, the other comes twice.
  await page.getByLabel('When', { exact: true }).fill('30 2 * 3,10 0L');
  await eventually('ten times with both marks', async () => {
    const notes = await times().evaluateAll((all) => all.map((one) => one.dataset.note));
    return notes.length === 10 && notes.filter((note) => note === 'gap').length === 5 && notes.filter((note) => note === 'repeated').length === 5;
  });
  await page.getByText('this time does not exist').first().waitFor();
  await page.getByText('this time comes twice').first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'schedule-gap', 'scratch');
  assert.ok(asked <= 3, `asked once for each change: ${asked}`);
});

test('what is wrong is said beside its field, and what was typed stays', async () => {
  const { page } = world;
  const when = page.getByLabel('When', { exact: true });
  await when.fill('0 99 * * *');
  await eventually('the line is refused', async () => (await when.getAttribute('aria-invalid')) === 'true');
  await page.getByText('99 is not allowed for the hour').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Add the schedule' }).isDisabled());
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'schedule-wrong', 'scratch');
  await page.getByRole('button', { name: /^30 2 / }).click();
  await page.getByLabel('Time zone').fill('Europe/Nowhere');
  await eventually('the zone is refused', async () => (await page.getByLabel('Time zone').getAttribute('aria-invalid')) === 'true');
  assert.equal(await when.inputValue(), '30 2 * * *');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByLabel('Name').fill('');
  await eventually('all is right but the name', () => page.getByRole('button', { name: 'Add the schedule' }).isEnabled());
  await page.getByRole('button', { name: 'Add the schedule' }).click();
  await page.getByText('It needs a name').waitFor();
  await page.getByLabel('Name').fill('nightly check');
  await page.getByRole('button', { name: 'Add the schedule' }).click();
  await row('nightly check').waitFor();
  assert.match(await row('nightly check').textContent(), /02:30.*Europe\/Berlin/s);
  world.assertQuiet();
});

test('run now, off and on, changed, and removed', async () => {
  const { page } = world;
  await world.open('/schedules');
  await page.getByRole('button', { name: 'Run now: nightly check' }).click();
  await page.getByRole('log', { name: 'Notices' }).getByRole('link', { name: 'nightly check is running' }).click();
  await page.waitForURL('**/runs/run_*');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await world.open('/schedules');
  await page.getByRole('button', { name: 'Switch off: nightly check' }).click();
  await row('nightly check').getByText('switched off').waitFor();
  await page.getByRole('button', { name: 'Switch on: nightly check' }).click();
  await row('nightly check').getByText('switched off').waitFor({ state: 'detached' });
  await row('nightly check').getByRole('link', { name: 'nightly check' }).click();
  await page.getByLabel('Name').fill('hourly check');
  await page.getByLabel('When', { exact: true }).fill('@hourly');
  await eventually('the preview is there', async () => (await times().count()) === 10);
  await page.getByRole('button', { name: 'Save the changes' }).click();
  await row('hourly check').getByRole('link', { name: 'hourly check' }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove hourly check' }).click();
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  world.assertQuiet();
});

test('a schedule that chooses its times gets those that were shown', async () => {
  const { page } = world;
  await world.open('/schedules/new');
  await page.getByLabel('What').selectOption('host-check');
  await page.getByLabel('Where').selectOption(world.host.name);
  await page.getByLabel('Time zone').fill('UTC');
  await page.getByLabel('Name').fill('spread');
  await page.getByLabel('When', { exact: true }).fill('H H * * *');
  await page.getByText('In UTC. Chosen for this schedule, and it keeps them.').waitFor();
  const shown = await times().first().locator('time').getAttribute('datetime');
  await page.getByRole('button', { name: 'Add the schedule' }).click();
  assert.equal(await row('spread').locator('time').first().getAttribute('datetime'), shown);
  const [made] = (await world.call('GET', '/schedules')).body.items;
  await world.call('DELETE', `/schedules/${made.id}`);
  world.assertQuiet();
});

test('after hours without a server the ledger says what became of each due time', async () => {
  const { page } = world;
  const add = (name, timing, more) =>
    world.call('POST', '/schedules', { name, plan: 'host-check', target_kind: 'host', target_id: world.host.id, timing, ...more });
  await add('each minute', 'every 1m');
  await add('three of many', '*/10 * * * *', { misfire: 'run_all', misfire_limit: 3 });
  await add('only in time', '@hourly', { misfire: 'skip' });
  await beAway(world.server, 3);
  await eventually('the host is back', async () => (await world.call('GET', `/hosts/${world.host.id}`)).body.state === 'online', 30_000);
  await eventually('what was due while nobody was there has run', async () => (await world.call('GET', '/ledger?outcome=late')).body.items.length > 0, 30_000);
  await world.open('/ledger');
  const rows = page.locator('tr[data-outcome]');
  await rows.first().waitFor();
  const outcomes = new Set(await rows.evaluateAll((all) => all.map((one) => one.dataset.outcome)));
  for (const outcome of ['late', 'missed', 'superseded']) assert.ok(outcomes.has(outcome), `${outcome} in ${[...outcomes]}`);
  await page.locator('tr[data-outcome=superseded]').filter({ hasText: /1\d\d times/ }).getByRole('cell', { name: 'a later due time took its place' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'ledger-away', 'scratch');
  await page.getByLabel('Outcome').selectOption('missed');
  await eventually('only missed ones', async () => (await rows.evaluateAll((all) => all.map((one) => one.dataset.outcome))).every((one) => one === 'missed'));
  await page.reload();
  await page.getByLabel('Schedule').selectOption('only in time');
  await page.getByRole('cell', { name: /the schedule skips what is missed/ }).waitFor();
  await eventually('of that schedule alone', async () => (await rows.count()) === 1);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.locator('tr[data-outcome=late]').first().getByRole('link', { name: 'ran late' }).click();
  await page.waitForURL('**/runs/run_*');
  await page.getByRole('link', { name: /^schedule / }).click();
  await page.waitForURL('**/schedules/schedule_*');
  await page.getByRole('heading', { name: 'What became of its last times' }).waitFor();
  world.assertQuiet();
});

test('what waits for its host says since when, beside what is next', async () => {
  const { page } = world;
  await world.host.agent.stop();
  await beAway(world.server, 3);
  await world.open('/schedules');
  const waiting = row('three of many').getByText(/^waiting since .*: the host is away$/);
  await waiting.waitFor();
  assert.ok(Date.parse(await row('three of many').locator('time').first().getAttribute('datetime')) > Date.now() - 5_000);
  await row('three of many').getByText('waiting', { exact: true }).waitFor();
  await screenshot(page, 'schedules-waiting', 'scratch');
  await row('three of many').getByRole('link', { name: 'three of many' }).click();
  await page.getByText(/^What was due at .* is still waiting: the host is away$/).waitFor();
  await screenshot(page, 'schedule-waiting', 'scratch');
  world.assertQuiet();
});

test('every page of schedules at every size', async () => {
  const [first] = (await world.call('GET', '/schedules')).body.items;
  const places = [['schedules', '/schedules', 'tr[data-schedule]'], ['schedule', `/schedules/${first.id}`, '[data-note]'], ['ledger', '/ledger', 'tr[data-outcome]']];
  for (const [view, width, height, scheme] of [['light', 1440, 900, 'light'], ['dark', 1440, 900, 'dark'], ['phone', 360, 740, 'light']]) {
    const page = await openPage(world.context);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    for (const [name, path, ready] of places) {
      await world.open(path, page);
      await page.locator(ready).first().waitFor();
      assert.deepEqual(await accessibilityFaults(page), [], `${name}, ${view}`);
      assert.ok((await overflow(page)) <= 0, `${name}, ${view}: wider than the window`);
      await screenshot(page, `${name}-${view}`, 'scratch');
    }
    world.assertQuiet(page);
    await page.close();
  }
});
