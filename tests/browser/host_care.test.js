// A host is renamed, labelled, grouped, moved, enrolled anew and removed; a copy of it is noticed and says what to do.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { accessibilityFaults, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => {
  world = await World.open({ agents: 1, settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } });
  assert.equal((await world.call('POST', '/environments', { name: 'lab' })).status, 201);
});
after(() => world?.close());

const dialog = () => world.page.getByRole('dialog');
const heading = (name) => world.page.getByRole('heading', { level: 1, name, exact: true });
const open = async () => {
  await world.open(`/hosts/${world.host.id}`);
  await world.page.locator('.plot canvas').first().waitFor();
};

test('a name and labels are given in one form, and what cannot be is told beside the field', async () => {
  const { page } = world;
  await open();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const name = dialog().getByLabel('Name', { exact: true });
  for (const wrong of ['', 'a\u202eb', ' web', 'x'.repeat(65)]) {
    await name.fill(wrong);
    assert.equal(await name.getAttribute('aria-invalid'), 'true', wrong);
    assert.ok(await dialog().getByRole('button', { name: 'Save' }).isDisabled());
  }
  await name.fill('<b>web</b> & "1"');
  await dialog().getByRole('button', { name: 'Add a label' }).click();
  await dialog().getByLabel('Label', { exact: true }).fill('role');
  await dialog().getByLabel('Value of role').fill('<i>db</i>');
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'edit-host', 'scratch');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await heading('<b>web</b> & "1"').waitFor();
  await page.getByRole('list', { name: 'Labels' }).getByText('role=<i>db</i>').waitFor();
  assert.equal(await page.locator('h1 b, .labels i').count(), 0, 'markup is text');
});

test('the fleet is grouped and filtered by it', async () => {
  const { page } = world;
  await page.getByRole('list', { name: 'Labels' }).getByRole('link').click();
  await page.locator('tr[data-host]').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('q'), 'label:role=<i>db</i>');
  await page.getByLabel('Group by label').selectOption('role');
  await page.getByText('role: <i>db</i>').first().waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'fleet-grouped', 'scratch');
});

test('what somebody else changed meanwhile is not overwritten, and what was typed stays', async () => {
  const { page } = world;
  await open();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await dialog().getByLabel('Name', { exact: true }).fill('mine');
  await world.call('PATCH', `/hosts/${world.host.id}`, { name: 'theirs' });
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByRole('alert').getByText('somebody else').waitFor();
  assert.equal(await dialog().getByLabel('Name', { exact: true }).inputValue(), 'mine');
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await heading('theirs').waitFor();
  // The browser tells of a refused request; that one was wanted.
  page.complaints = page.complaints.filter((one) => !/412/.test(one));
});

test('what is not there has a reason, and what the agent costs has numbers', async () => {
  const { page } = world;
  await page.getByRole('list', { name: 'Not measured here' }).getByText('Temperature').waitFor();
  const cost = page.getByRole('region', { name: 'What the agent costs here' });
  await eventually('the agent has a memory', async () => /Memory\s*[\d.]+\s*MiB/.test((await cost.textContent()) ?? ''), 20_000);
  await cost.scrollIntoViewIfNeeded();
  await screenshot(page, 'agent-cost', 'scratch');
});

test('it goes to another environment and its page stays with who may see both', async () => {
  const { page } = world;
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await dialog().getByLabel('To the environment').selectOption('lab');
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'move-host', 'scratch');
  await dialog().getByRole('button', { name: 'Move theirs' }).click();
  await page.getByText('theirs belongs to lab now').waitFor();
  await heading('theirs').waitFor();
  await world.open('/fleet?environment=default');
  await page.getByRole('heading', { name: 'No hosts in default' }).waitFor();
  await world.open('/fleet?environment=lab');
  await page.locator('tr[data-host=theirs]').waitFor();
});

test('enrolling anew shows one command', async () => {
  const { page } = world;
  await open();
  await page.getByRole('button', { name: 'Enrol anew' }).click();
  await dialog().getByRole('button', { name: 'Make the command' }).click();
  assert.match((await dialog().getByLabel('Command').textContent()) ?? '', / enroll \S+ fte_\S+ --replace/);
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 're-enrol-host', 'scratch');
  await dialog().getByRole('button', { name: 'Close' }).click();
});

test('a copy of the machine locks both, and the page says what to do', async () => {
  const { page, server, host } = world;
  const copied = `${host.data}-copy`;
  cpSync(host.data, copied, { recursive: true });
  const copy = server.startAgent(copied);
  const alert = page.getByRole('alert').filter({ hasText: 'Two agents ran with the identity of this host' });
  await alert.waitFor({ timeout: 60_000 });
  await page.locator('.title > .state', { hasText: 'offline' }).waitFor();
  for (const [name, width, scheme] of [['light', 1440, 'light'], ['dark', 1440, 'dark'], ['phone', 360, 'light']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.ok((await overflow(page)) <= 0, 'wider than the window');
    await screenshot(page, `host-locked-${name}`, 'scratch');
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await copy.stop();
  await alert.getByRole('button', { name: /^Unlock/ }).click();
  await alert.waitFor({ state: 'detached' });
  await host.agent.stop();
  host.agent = server.startAgent(host.data);
  await page.locator('.title > .state', { hasText: 'online' }).waitFor({ timeout: 30_000 });
});

test('it is removed', async () => {
  const { page } = world;
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog().getByRole('button', { name: 'Remove theirs' }).click();
  await page.waitForURL('**/fleet*');
  await page.getByRole('heading', { name: 'No hosts yet' }).waitFor();
  world.assertQuiet();
});
