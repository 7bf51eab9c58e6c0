// From the printed link to the fleet, and out and in again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openBrowser, openPage, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { Server } from './support/program.js';
import { person } from './support/world.js';

let server;
let browser;
let page;

before(async () => {
  server = await new Server().start();
  browser = await openBrowser();
  page = await openPage(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('without the link the page says where to find it', async () => {
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'One link is needed' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
});

test('a password that is too short is named beside its field', async () => {
  await page.goto(server.setupUrl);
  await page.reload();
  await page.getByLabel('Name').fill(person.name);
  await page.getByLabel('Password').fill('short');
  await page.getByText('7 more are needed').waitFor();
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await page.locator('#password[aria-invalid=true]').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'first-run', 'scratch');
});

test('the administrator lands on the fleet, which says what belongs there', async () => {
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await page.waitForURL('**/fleet');
  await page.getByRole('heading', { name: 'No hosts yet' }).waitFor();
  await page.locator('.stream[data-phase=live]').waitFor();
  assert.equal(new URL(page.url()).hash, '');
});

test('the link does not work twice', async () => {
  const other = await openPage(await browser.newContext());
  await other.goto(server.setupUrl);
  await other.getByRole('heading', { name: 'Fettle is set up already' }).waitFor();
  await other.context().close();
});

test('signing out and in again', async () => {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByLabel('Name').fill(person.name);
  await page.getByLabel('Password').fill('not the right password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), person.name);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
});

test('with an agent on this machine the next screen is this host, live', async () => {
  const other = await new Server().start();
  try {
    other.startAgent(await other.enroll(other.url, '--token-file', join(other.folder, 'server', 'local-enrolment-token')));
    const visitor = await openPage(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
    await visitor.goto(other.setupUrl);
    await visitor.getByLabel('Name').fill(person.name);
    await visitor.getByLabel('Password').fill(person.password);
    await visitor.getByRole('button', { name: 'Create the administrator' }).click();
    await visitor.waitForURL('**/hosts/host_*');
    await visitor.locator('.title > .state', { hasText: 'online' }).waitFor({ timeout: 20_000 });
    await visitor.locator('.plot canvas').first().waitFor({ timeout: 20_000 });
    const values = visitor.getByRole('table', { name: 'CPU, values', exact: true });
    await eventually('the charts fill', async () => /\d/.test((await values.textContent()) ?? ''), 20_000);
    assert.deepEqual(visitor.complaints, []);
    await visitor.context().close();
  } finally {
    await other.stop();
  }
});

test('nothing complained', () => assert.deepEqual(page.complaints, []));
