// The one stream: live numbers, two tabs, a restart of the server, a host that goes away, and life without a stream.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ agents: 1 })));
after(() => world?.close());

const row = (page = world.page) => page.locator(`tr[data-host="${world.host.name}"]`);
const numbers = async (page = world.page) => (await row(page).locator('.cpu, .memory, .disk, .network').allTextContents()).join(' ');
const changes = async (page = world.page) => {
  const before = await numbers(page);
  await eventually('the numbers of the row change', async () => (await numbers(page)) !== before, 20_000);
};

test('the fleet moves by itself, without polling', async () => {
  await world.open('/fleet');
  await row().waitFor();
  let asked = 0;
  world.page.on('request', (request) => (asked += /\/api\/v1\/(hosts|events)/.test(request.url()) ? 1 : 0));
  await changes();
  await changes();
  assert.equal(asked, 0);
});

test('a host moves by itself, without polling', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  const cell = page.locator('table[aria-label="CPU, values"] td').first();
  await cell.waitFor();
  const changed = async () => {
    const before = await cell.textContent();
    await eventually('a value of the chart changes', async () => (await cell.textContent()) !== before, 20_000);
  };
  await changed();
  const asked = [];
  page.on('request', (request) => /\/series\?|\/events\?|\/layout$/.test(request.url()) && asked.push(request.url()));
  for (let times = 0; times < 3; times++) await changed();
  assert.deepEqual(asked, []);
});

test('two tabs share one stream, and the second takes over', async () => {
  const other = await openPage(world.context);
  let streams = 0;
  other.on('request', (request) => (streams += request.url().includes('/api/v1/stream?') ? 1 : 0));
  await world.open('/fleet', other);
  await changes(other);
  assert.equal(streams, 0, 'the second tab has no stream of its own');
  await world.page.close();
  await eventually('the second tab leads', () => streams === 1);
  await changes(other);
  world.page = other;
});

test('a wrong address in one tab leaves the stream of all alone', async () => {
  const other = await openPage(world.context);
  const refused = [];
  for (const page of [world.page, other]) {
    page.on('response', (answer) => answer.url().includes('/api/v1/stream') && answer.status() >= 400 && refused.push(answer.url()));
  }
  await world.open('/hosts/host_nope', other);
  await other.getByRole('heading', { name: 'There is no such host' }).waitFor();
  // The right form, but no host: the stream takes it, and the page says the same.
  await world.open(`/hosts/host_${'0'.repeat(32)}`, other);
  await other.getByRole('heading', { name: 'There is no such host' }).waitFor();
  await changes();
  assert.deepEqual(refused, []);
  await other.close();
});

test('a restart of the server is survived', async () => {
  const { page, server } = world;
  await server.child.stop();
  await page.locator('.stream:not([data-phase=live])').waitFor();
  await page.getByText(/^The server cannot be reached since \d\d:\d\d:\d\d/).waitFor({ timeout: 20_000 });
  await page.locator('.stream .word', { hasText: 'no server' }).waitFor();
  await server.start();
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 40_000 });
  await row().locator('.word', { hasText: 'online' }).waitFor({ timeout: 60_000 });
  await changes();
});

test('a host that stops is offline at once, and its numbers are grey', async () => {
  const { page, host } = world;
  await host.agent.stop();
  await row().locator('.word', { hasText: 'offline' }).waitFor({ timeout: 20_000 });
  await page.locator('tr.stale').waitFor();
  await page.getByRole('log', { name: 'Notices' }).getByText(host.name).waitFor();
  await row().getByRole('link').click();
  await page.locator('.why', { hasText: 'Its agent was stopped' }).waitFor();
  await page.locator('.plot canvas').first().waitFor();
  await screenshot(page, 'offline-host', 'scratch');
  world.server.startAgent(host.data);
  await page.locator('.title > .state', { hasText: 'online' }).waitFor({ timeout: 40_000 });
});

test('without a stream the page says so and polls; with it, it stops', async () => {
  const { page } = world;
  await page.route('**/api/v1/stream?*', (route) => route.abort());
  await page.goto(`${world.url}/fleet`);
  await page.getByText('Live updates are interrupted').waitFor({ timeout: 20_000 });
  await row().waitFor();
  await page.waitForRequest((request) => request.url().includes('/api/v1/hosts?'), { timeout: 45_000 });
  await page.unroute('**/api/v1/stream?*');
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 45_000 });
  await page.getByText('Live updates are interrupted').waitFor({ state: 'detached' });
  await changes();
  world.assertQuiet();
});
