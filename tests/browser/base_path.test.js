// Below a path of a name: page, API, stream, links and the address bar.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createServer } from 'node:net';
import { World } from './support/world.js';

let world;
before(async () => {
  const port = await new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
  world = await World.open({ settings: { FETTLE_SERVER_PUBLIC_URL: `http://127.0.0.1:${port}/fettle` }, listen: `127.0.0.1:${port}` });
});
after(() => world?.close());

test('the whole page lives below the path', async () => {
  const { page } = world;
  assert.match(world.url, /\/fettle$/);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await world.open('/fleet');
  await page.getByRole('link', { name: 'Events' }).click();
  await page.waitForURL('**/fettle/events');
  await page.locator('main li time').first().waitFor();
  await page.getByRole('link', { name: 'Monitor' }).hover();
  assert.equal(await page.getByRole('link', { name: 'Monitor' }).getAttribute('href'), '/fettle/monitor');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL('**/fettle/settings');
  await page.goBack();
  await page.waitForURL('**/fettle/events');
  await page.reload();
  await page.locator('.stream[data-phase=live]').waitFor();
  await page.goto(world.url);
  await page.getByRole('heading', { name: 'No hosts yet' }).waitFor();
  assert.match(page.url(), /\/fettle\/?$/);
  assert.deepEqual(asked.filter((path) => !path.startsWith('/fettle')), []);
  world.assertQuiet();
});
