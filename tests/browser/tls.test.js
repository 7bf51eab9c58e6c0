// Over TLS with a certificate of the server's own making: the cookie, the stream, and the command that carries the pin.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ agents: 1, settings: { FETTLE_SERVER_TLS: 'on' } })));
after(() => world?.close());

test('the page is live, with a cookie that belongs to this host alone', async () => {
  await world.open(`/hosts/${world.host.id}`);
  await world.page.locator('.plot canvas').first().waitFor({ timeout: 20_000 });
  const cookie = (await world.context.cookies()).find((one) => one.name === '__Host-fettle_session');
  assert.ok(cookie?.secure && cookie.httpOnly, JSON.stringify(cookie));
  world.assertQuiet();
});

test('the command carries the address and the pin, and works', async () => {
  const { page, server } = world;
  await world.open('/fleet');
  await page.keyboard.press('a');
  const command = page.getByLabel('Command');
  const text = await eventually('a command is shown', async () => /fettle enroll (https:\S+) (fte_\w+\.\S{43}) /.exec((await command.textContent()) ?? ''));
  await screenshot(page, 'add-host-tls', 'scratch');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await screenshot(page, 'add-host-tls-360-dark', 'scratch');
  assert.deepEqual(await accessibilityFaults(page), []);
  server.startAgent(await server.enroll(text[1], text[2]));
  await page.waitForURL('**/hosts/host_*');
  await page.locator('.title > .state', { hasText: 'online' }).waitFor({ timeout: 20_000 });
  world.assertQuiet();
});

test('a page on the same port without TLS leads to it', async () => {
  const { page } = world;
  await page.goto(world.url.replace('https', 'http') + '/fleet');
  assert.ok(page.url().startsWith('https://'), page.url());
});
