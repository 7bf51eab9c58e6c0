// The overview: one sentence, what needs someone, live; acknowledge, silence; limits in the settings; the event list.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } })));
after(() => world?.close());

const list = () => world.page.getByRole('region', { name: 'What needs you' });
const disk = () => world.page.locator('li[data-condition="disk.space"]').first();

test('an empty fleet has the button that adds a host', async () => {
  await world.open('/');
  await world.page.getByRole('button', { name: 'Add a host' }).waitFor();
  world.assertQuiet();
});

test('all is well, and says so', async () => {
  await world.addHost('web-1');
  // This machine may have something wrong for real: only what this test opens shall be seen.
  for (const kind of (await world.call('GET', '/watch-kinds')).body.items) {
    if (kind.kind === 'disk.space' || kind.kind.startsWith('host.')) continue;
    const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
    assert.equal((await world.call('POST', '/thresholds', { environment_id: environment, kind: kind.kind, is_watched: false })).status, 201);
  }
  await world.open('/');
  await world.page.getByRole('heading', { name: '1 host, in fine fettle' }).waitFor();
});

test('a limit that is crossed appears by itself, and a limit is set on a page', async () => {
  const { page } = world;
  await world.open('/settings/thresholds');
  await page.getByRole('button', { name: 'Override disk.space' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('For', { exact: true }).selectOption('one host');
  await dialog.getByLabel('Host').selectOption('web-1');
  await dialog.getByLabel('Warning from').fill('lots');
  await dialog.getByRole('button', { name: 'Override' }).click();
  await dialog.getByText('This is no number.').waitFor();
  await dialog.getByLabel('Warning from').fill('0');
  await dialog.getByLabel('Error from').fill('101');
  await dialog.getByLabel('Must hold').fill('0');
  await dialog.getByRole('button', { name: 'Override' }).click();
  await page.getByText('warning from 0').waitFor();
  await world.open('/');
  await disk().waitFor();
  await page.getByRole('heading', { name: /needs? you/ }).waitFor();
  assert.match(await disk().textContent(), /web-1.*nearly full/s);
});

test('acknowledging moves it below, survives a restart, and can be taken back', async () => {
  const { page } = world;
  const before = await list().locator('li').count();
  await disk().getByRole('button', { name: 'Acknowledge' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note').fill('new disk is ordered');
  await dialog.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('new disk is ordered').waitFor();
  await eventually('it asks for nobody any more', async () => (await list().locator('li').count()) === before - 1);
  await world.server.child.stop();
  await world.server.start();
  await page.locator('.stream[data-phase=live]').waitFor();
  await page.getByText('new disk is ordered').waitFor();
  await page.getByRole('button', { name: 'Take back' }).first().click();
  await list().locator('li').first().waitFor();
});

test('the host shows its conditions on top, and how much of the time it was online', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  await page.getByRole('region', { name: 'Open conditions' }).locator('li').first().waitFor();
  await page.locator('#host-uptime').waitFor();
  await eventually('the states are drawn', async () => (await page.locator('.span.online').count()) > 0);
  await page.getByRole('region', { name: 'Uptime' }).getByRole('button', { name: /7 d/ }).click();
  await eventually('a week is drawn', async () => (await page.locator('.span.unknown').count()) > 0);
});

test('silencing quiets it, and the settings end the silence', async () => {
  const { page } = world;
  await world.open('/');
  await disk().getByRole('button', { name: 'Silence' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What').selectOption('everything on web-1');
  await dialog.getByRole('button', { name: 'Silence' }).click();
  await page.getByText('Silenced until').first().waitFor();
  await page.getByRole('heading', { name: '1 host, in fine fettle' }).waitFor();
  await world.open('/settings/thresholds');
  await page.getByRole('button', { name: 'End now' }).click();
  await page.getByText('Nothing is silenced').waitFor();
  await world.open('/');
  await list().locator('li').first().waitFor();
});

test('events are filtered by the address, and new ones wait while one reads further down', async () => {
  const { page } = world;
  await world.open('/events?severity=warning,error');
  await page.locator('main li').first().waitFor();
  for (const word of await page.locator('main li .word').allTextContents()) assert.match(word, /warning|error/);
  await world.open('/events');
  const rows = page.locator('main ul > li');
  await rows.first().waitFor();
  await rows.first().locator('button.type').click();
  await page.locator('.details').getByText('Means').waitFor();
  await page.getByLabel('Text').fill('in no event at all');
  await page.getByText('No event fits').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await rows.first().waitFor();

  await page.setViewportSize({ width: 1440, height: 260 });
  await page.locator('main').evaluate((main) => (main.scrollTop = 400));
  const before = await rows.first().textContent();
  const open = (await world.call('GET', '/conditions')).body.items.find((one) => one.kind === 'disk.space');
  assert.equal((await world.context.request.fetch(`${world.url}/api/v1/conditions/${open.id}/acknowledgement`, { method: 'PUT', data: {}, headers: { Origin: world.url } })).status(), 200);
  const news = page.getByRole('button', { name: '1 new event' });
  await news.waitFor();
  assert.equal(await rows.first().textContent(), before, 'the list has not moved');
  await news.click();
  await eventually('the new one is on top', async () => (await rows.first().textContent()).includes('acknowledged'));
  await page.setViewportSize({ width: 1440, height: 900 });
  world.assertQuiet();
});
