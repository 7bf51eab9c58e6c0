// Schedules: the editor says what a line means while one types, marks what a change of the clocks does, and puts errors beside their
// fields; the list, the ledger; who may only look.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
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
