// Two environments: all of them by default, one by choice, and the choice goes along in the address.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults } from './support/browser.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ agents: 1 })));
after(() => world?.close());

const chosen = (page) => new URL(page.url()).searchParams.get('environment');

test('all environments are shown, and each event says which it belongs to', async () => {
  const { page } = world;
  await world.open('/events');
  const events = page.getByRole('list', { name: 'Events, newest first' });
  await events.getByText('The server started').waitFor();
  await events.getByText(`${world.host.name} is online`).waitFor();
  assert.ok((await events.getByTitle('Environment').allTextContents()).includes('system'));
  assert.deepEqual(await accessibilityFaults(page), []);
});

test('one environment hides the others, also on the next page and after a reload', async () => {
  const { page } = world;
  await page.getByLabel('Environment', { exact: true }).selectOption('system');
  await page.getByText(`${world.host.name} is online`).waitFor({ state: 'detached' });
  await page.getByText('The server started').waitFor();
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  await page.getByRole('heading', { name: 'No hosts in system' }).waitFor();
  assert.equal(chosen(page), 'system');
  await page.reload();
  await page.getByRole('heading', { name: 'No hosts in system' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
});

test('and all of them come back', async () => {
  const { page } = world;
  await page.getByRole('button', { name: 'Show all environments' }).click();
  await page.locator(`tr[data-host="${world.host.name}"]`).waitFor();
  assert.equal(chosen(page), null);
  await page.goBack();
  await page.getByRole('heading', { name: 'No hosts in system' }).waitFor();
  world.assertQuiet();
});
