// A second person, from the invitation to the narrow view: invited, comes in, turns a second factor on, signs in with it, sees one
// environment, and loses it while the page is open.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { code, stepNow } from './support/totp.js';
import { World } from './support/world.js';

const password = 'seven brown otters swim';
let world;
let otto;
let link;
let secret;
let step;
let recovery;

before(async () => {
  world = await World.open();
  const lab = (await world.call('POST', '/environments', { name: 'lab' })).body.id;
  await world.addHost('inside-default');
  await world.addHost('inside-lab', lab);
});
after(() => world?.close());

test('an administrator invites a person, and is given the link once', async () => {
  const { page } = world;
  await world.open('/settings/people');
  await page.getByText('Only you so far').waitFor();
  await page.getByRole('button', { name: 'Invite a person' }).click();
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  await page.getByText('Choose a name').waitFor();
  await page.getByLabel('Name').fill('ADA');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  await page.getByText('Somebody has this name already.').waitFor();
  await page.getByLabel('Name').fill('otto');
  await page.getByLabel('lab', { exact: true }).selectOption('operator');
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'invite', 'scratch');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  link = await page.getByLabel('Invitation link').textContent();
  assert.match(link, /\/invitation#token=fti_[0-9a-f]{40}$/);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('row').filter({ hasText: 'otto' }).filter({ hasText: 'invited' }).waitFor();
  world.assertQuiet();
});

test('the person chooses a password and sees the one environment', async () => {
  otto = await openPage(await world.browser.newContext({ viewport: { width: 1440, height: 900 } }));
  await otto.goto(link);
  await otto.getByRole('heading', { name: 'Welcome, otto' }).waitFor();
  assert.deepEqual(await accessibilityFaults(otto), []);
  await screenshot(otto, 'invitation', 'scratch');
  await otto.getByLabel('Password').fill('short');
  await otto.getByRole('button', { name: 'Set the password and sign in' }).click();
  await otto.getByText('7 more are needed').waitFor();
  await otto.getByLabel('Password').fill(password);
  await otto.getByRole('button', { name: 'Set the password and sign in' }).click();
  await otto.locator('tr[data-host="inside-lab"]').waitFor();
  assert.equal(await otto.locator('tr[data-host]').count(), 1);
  await otto.goto(link);
  await otto.getByRole('heading', { name: 'This link opens nothing' }).waitFor();
});

test('sections of the server are not shown, and not by their address either', async () => {
  await world.open('/settings', otto);
  assert.deepEqual(await otto.getByRole('navigation', { name: 'Settings' }).getByRole('link').allTextContents(), ['Account', 'Tokens', 'Thresholds']);
  for (const path of ['/settings/people', '/settings/environments', '/settings/audit']) {
    await world.open(path, otto);
    await otto.getByRole('heading', { name: 'For server administrators' }).waitFor();
    await otto.getByText(`You are signed in as otto, who is none.`).waitFor();
  }
});

test('the second factor is turned on with its picture and its first code', async () => {
  await world.open('/settings', otto);
  await otto.getByRole('button', { name: 'Turn it on' }).click();
  await otto.getByLabel('Your password now').fill('not this one');
  await otto.getByRole('button', { name: 'Go on' }).click();
  await otto.getByText('This is not your password.').waitFor();
  await otto.getByLabel('Your password now').fill(password);
  await otto.getByRole('button', { name: 'Go on' }).click();
  await otto.getByRole('img', { name: 'QR code of the secret' }).waitFor();
  secret = await otto.getByLabel('Secret', { exact: true }).textContent();
  assert.deepEqual(await accessibilityFaults(otto), []);
  await screenshot(otto, 'totp', 'scratch');
  step = stepNow();
  await otto.getByRole('textbox', { name: 'Code' }).fill(code(secret, step - 20));
  await otto.getByRole('button', { name: 'Turn it on' }).last().click();
  await otto.getByText('The code is wrong.').waitFor();
  step = stepNow();
  await otto.getByRole('textbox', { name: 'Code' }).fill(code(secret, step));
  await otto.getByRole('button', { name: 'Turn it on' }).last().click();
  recovery = (await otto.locator('pre.codes').textContent()).trim().split('\n');
  assert.equal(recovery.length, 10);
  assert.deepEqual(await accessibilityFaults(otto), []);
  await screenshot(otto, 'recovery-codes', 'scratch');
  await otto.getByRole('button', { name: 'I have kept them' }).click();
  await otto.getByText('10 recovery codes are left').waitFor();
  await screenshot(otto, 'account-totp', 'scratch');
  await otto.setViewportSize({ width: 360, height: 740 });
  assert.ok((await overflow(otto)) <= 0);
  await otto.setViewportSize({ width: 1440, height: 900 });
});

test('signing in asks for the code after the password', async () => {
  await otto.getByRole('button', { name: 'Sign out' }).first().click();
  await otto.getByLabel('Name').fill('otto');
  await otto.getByLabel('Password').fill(password);
  await otto.getByRole('button', { name: 'Sign in' }).click();
  await otto.getByRole('textbox', { name: 'Code' }).fill(code(secret, step));
  assert.deepEqual(await accessibilityFaults(otto), []);
  await otto.getByRole('button', { name: 'Sign in' }).click();
  await otto.getByText('This code was used already').waitFor();
  await otto.getByRole('textbox', { name: 'Code' }).fill(recovery[0]);
  await otto.getByRole('button', { name: 'Sign in' }).click();
  await otto.getByRole('navigation', { name: 'Pages' }).waitFor();
});

test('a role that is given is seen at once on an open page, and one that is taken too', async () => {
  const { page } = world;
  await world.open('/fleet', otto);
  await otto.locator('tr[data-host="inside-lab"]').waitFor();
  await world.open('/settings/people');
  await page.getByRole('link', { name: 'otto' }).click();
  await page.getByLabel('lab', { exact: true }).selectOption('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('It holds at once').waitFor();
  await otto.locator('tr[data-host="inside-lab"]').waitFor({ state: 'detached' });
  world.assertQuiet();
});

test('who is oneself, and the last administrator, has buttons that say why not', async () => {
  const { page } = world;
  await world.open('/settings/people');
  await page.getByRole('link', { name: 'ada' }).click();
  const remove = page.getByRole('button', { name: 'Remove ada' });
  await remove.waitFor();
  assert.ok(await remove.isDisabled());
  assert.match((await remove.getAttribute('title')) ?? '', /This is you/);
  assert.ok(await page.getByRole('checkbox', { name: 'server administrator' }).isDisabled());
  await page.getByText('The last server administrator who can sign in stays one.').first().waitFor();
});

test('a person is removed by name, and the audit log says who did it', async () => {
  const { page } = world;
  await world.open('/settings/people');
  await page.getByRole('link', { name: 'otto' }).click();
  await page.getByRole('button', { name: 'Remove otto' }).click();
  await page.getByRole('dialog', { name: 'Remove otto' }).getByRole('button', { name: 'Remove otto' }).click();
  await page.waitForURL('**/settings/people');
  await page.getByRole('link', { name: 'otto' }).waitFor({ state: 'detached' });
  await otto.getByRole('heading', { name: 'Sign in' }).waitFor();

  await world.open('/settings/audit?action=person');
  await page.getByRole('row').filter({ hasText: 'person.remove' }).filter({ hasText: 'otto' }).waitFor();
  await page.getByRole('button', { name: 'Verify the chain' }).click();
  await page.getByText('The chain is intact').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  assert.equal(download.suggestedFilename(), 'audit.csv');
  await page.getByRole('button', { name: /^Details/ }).first().click();
  await page.getByRole('dialog', { name: /^Entry / }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'audit-entry', 'scratch');
  world.assertQuiet();
});
