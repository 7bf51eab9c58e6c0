// The rows of the fleet: what is open marks them, keys and clicks lead to their hosts, labels go to several at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

const names = ['a-one', 'b-two', 'c-three'];
const ids = {};
let world;
before(async () => {
  world = await World.open({ settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } });
  for (const name of names) ids[name] = (await world.addHost(name)).id;
});
after(() => world?.close());

const row = (name) => world.page.locator(`tr[data-host="${name}"]`);
const focused = () => world.page.evaluate(() => document.activeElement?.closest('tr')?.dataset.host ?? '');
const host = async (name) => (await world.call('GET', `/hosts/${ids[name]}`)).body;

test('j and k move among the hosts, Enter opens one, and so does a click in its row', async () => {
  const { page } = world;
  await world.open('/fleet');
  await row('c-three').waitFor();
  await page.locator('main').focus();
  for (const [key, expected] of [['j', 'a-one'], ['j', 'b-two'], ['j', 'c-three'], ['j', 'c-three'], ['k', 'b-two']]) {
    await page.keyboard.press(key);
    assert.equal(await focused(), expected, key);
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/hosts/${ids['b-two']}`);
  await page.goBack();
  await row('a-one').locator('td.age').click();
  await page.waitForURL(`**/hosts/${ids['a-one']}`);
});

test('a condition that is open marks the row and colours the bar it is about', async () => {
  const { page } = world;
  await world.open('/fleet');
  await row('a-one').waitFor();
  assert.equal(await page.locator('tr .mark-open').count(), 0);
  const environment = (await host('a-one')).environment_id;
  const limits = { environment_id: environment, host_id: ids['a-one'], kind: 'memory.available', warning: 100, hold_seconds: 0 };
  const made = await world.call('POST', '/thresholds', limits);
  assert.equal(made.status, 201);
  await row('a-one').locator('.mark-open').waitFor();
  assert.match(await row('a-one').locator('.mark-open').getAttribute('title'), /^warning: /);
  assert.equal(await row('a-one').locator('.memory .fill.late').count(), 1);
  assert.equal(await row('b-two').locator('.mark-open').count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  assert.equal((await world.call('DELETE', `/thresholds/${made.body.id}`)).status, 204);
  assert.equal((await world.call('POST', '/thresholds', { environment_id: environment, host_id: ids['a-one'], kind: 'memory.available', is_watched: false })).status, 201);
  await row('a-one').locator('.mark-open').waitFor({ state: 'detached' });
});

test('labels are given to several hosts at once, and taken away', async () => {
  const { page } = world;
  await world.open('/fleet');
  const bar = page.getByRole('group', { name: 'Selected hosts' });
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await row('a-one').getByRole('checkbox').check();
  await row('b-two').locator('td.age').click();
  await bar.getByText('2 selected').waitFor();
  await bar.getByRole('button', { name: 'Labels' }).click();
  const dialog = page.getByRole('dialog');
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), 'nothing is named yet');
  await dialog.getByLabel('Label', { exact: true }).fill('role');
  await dialog.getByLabel('Value of role').fill('db');
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'label-hosts', 'scratch');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row('b-two').getByText('role=db').waitFor();
  assert.deepEqual((await Promise.all(names.map(host))).map((one) => one.labels_by_hand), [{ role: 'db' }, { role: 'db' }, {}]);

  await bar.getByRole('button', { name: /^Select all/ }).click();
  await bar.getByText('3 selected').waitFor();
  await bar.getByRole('button', { name: 'Labels' }).click();
  await dialog.getByLabel(/^role/).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await eventually('it is gone', async () => (await Promise.all(names.map(host))).every((one) => Object.keys(one.labels_by_hand).length === 0));
  await bar.getByRole('button', { name: 'Done' }).click();
  assert.equal(await page.locator('tr input').count(), 0);
  const entries = (await world.call('GET', '/audit?action=host.edit')).body.items;
  assert.deepEqual(entries.map((entry) => entry.detail).sort(), [...Array(2).fill('labels: none -> role=db'), ...Array(2).fill('labels: role=db -> none')]);
});

test('what agents cost is a column for those who ask for it', async () => {
  const { page } = world;
  await world.open('/fleet');
  assert.equal(await page.getByRole('columnheader', { name: 'Agent costs' }).count(), 0);
  await page.getByRole('button', { name: 'Agent costs' }).click();
  await page.getByRole('columnheader', { name: 'Agent costs' }).waitFor();
  await eventually('its numbers', async () => /%.*MiB/.test((await row('a-one').locator('td.agent').textContent()) ?? ''));
  assert.equal(new URL(page.url()).searchParams.get('agent'), '1');
  await page.setViewportSize({ width: 360, height: 740 });
  assert.ok((await overflow(page)) <= 0);
  world.assertQuiet();
});
