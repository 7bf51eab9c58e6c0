// The dialog shows one command; the command turns it into the new host, live.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open()));
after(() => world?.close());

test('the dialog turns into the host when it arrives', async () => {
  const { page, server } = world;
  await world.open('/fleet');
  await page.keyboard.press('a');
  const command = page.getByLabel('Command');
  const text = await eventually('a command is shown', async () => /fettle enroll (\S+) (fte_\S+)/.exec((await command.textContent()) ?? ''));
  // Opened again it shows the same: nobody is given a new token for looking.
  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  await eventually('the same command', async () => (await command.textContent())?.includes(text[2]));
  await page.getByText('Waiting for the host').waitFor();
  const made = (await world.call('GET', '/audit?action=enrolment_token.create')).body.items.filter((entry) => entry.actor.kind === 'person');
  assert.equal(made.length, 1);
  assert.match(made[0].detail, /^in env_/);
  assert.match((await page.getByText('works once').textContent()) ?? '', /1[45]:\d\d/);
  // A server on loopback says what to change, and still shows what another machine would run.
  await page.getByText('server.public_url').waitFor();
  await page.getByLabel('Install everything').check();
  await eventually('the command that installs', async () =>
    /^curl -fsS -o fettle-install\.sh http:\S+\/install\.sh &&\necho '[0-9a-f]{64} {2}fettle-install\.sh' \| sha256sum -c - &&\necho fte_\S+ \| sh fettle-install\.sh$/.test((await command.textContent()) ?? ''));
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'add-host', 'scratch');
  await page.getByLabel('Program already there').check();

  server.startAgent(await server.enroll(text[1], text[2]));
  await page.waitForURL('**/hosts/host_*');
  await page.locator('.title > .state', { hasText: 'online' }).waitFor({ timeout: 20_000 });
});

test('its charts begin by themselves and a value changes within seconds', async () => {
  const { page } = world;
  await page.locator('.plot canvas').first().waitFor({ timeout: 20_000 });
  const value = page.getByRole('table', { name: 'Load, values' }).or(page.getByRole('table', { name: 'CPU, values' })).first();
  const before = await eventually('there are values', async () => {
    const now = await value.textContent();
    return now && /\d/.test(now) ? now : '';
  });
  await eventually('a value changes', async () => (await value.textContent()) !== before, 15_000);
});

test('it is in the fleet, and the palette finds it', async () => {
  const { page } = world;
  const name = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL('**/fleet');
  await page.locator(`tr[data-host="${name}"]`).waitFor();
  await page.keyboard.press('/');
  await page.getByRole('dialog').getByRole('combobox').fill(name);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/hosts/host_*');
  world.assertQuiet();
});
