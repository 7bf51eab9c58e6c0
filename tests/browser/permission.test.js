// Permission by environment: whoever may see one environment is shown nothing of another, neither on a page nor on the stream,
// also when they ask for it by its address.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

const names = ['default', 'lab'];
const hosts = {};
const cookies = {};
let world;

before(async () => {
  world = await World.open({ settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } });
  assert.equal((await world.call('POST', '/environments', { name: 'lab' })).status, 201);
  const environments = (await world.call('GET', '/environments')).body.items;
  for (const name of names) {
    const { id } = environments.find((one) => one.name === name);
    hosts[name] = await world.addHost(`inside-${name}`, id);
    cookies[name] = (await world.join(`of ${name}`, [{ environment_id: id, role: 'operator' }])).state;
  }
});
after(() => world?.close());

/** A page in a browser of its own (tabs share one stream) that keeps every character that the stream brought it. */
async function openListening(name) {
  const page = await openPage(await world.browser.newContext({ storageState: cookies[name] }));
  await page.addInitScript(() => {
    window.heard = '';
    const original = window.fetch;
    window.fetch = async (...wanted) => {
      const response = await original(...wanted);
      if (!String(wanted[0]).includes('/api/v1/stream?') || !response.ok) return response;
      const [ours, theirs] = response.body.tee();
      void ours.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: (text) => void (window.heard += text) })).catch(() => {});
      return new Response(theirs, response);
    };
  });
  return page;
}

/** All frames but the first, which repeats what the page itself asked for. */
const heard = async (page) => (await page.evaluate(() => window.heard)).split('\n\n').filter((frame) => !frame.includes('event: hello')).join('\n\n');

test('who may only look is offered nothing that the server refuses', async () => {
  const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
  assert.equal((await world.call('POST', '/thresholds', { environment_id: environment, kind: 'disk.space', warning: 0, error: 101, hold_seconds: 0 })).status, 201);
  const { state } = await world.join('viewer', [{ environment_id: environment, role: 'viewer' }]);
  const page = await openPage(await world.browser.newContext({ storageState: state }));
  await world.open('/', page);
  const row = page.locator('li[data-condition="disk.space"]').first();
  await row.getByRole('link', { name: 'Open host' }).waitFor();
  assert.equal(await row.getByRole('button').count(), 0);
  await world.open('/fleet', page);
  await page.locator('tr[data-host="inside-default"]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add a host' }).count(), 0);
  await page.keyboard.press('a');
  await world.open(`/hosts/${hosts.default.id}`, page);
  await page.getByRole('heading', { name: 'inside-default' }).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  for (const name of ['Edit', 'Move', 'Enrol anew', 'Remove']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  await page.goto(`${world.url}/settings/people`);
  await page.getByText('The page People is for server administrators.').waitFor();
  await world.open('/settings/tokens', page);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByRole('dialog').getByLabel(/^read/).waitFor();
  for (const scope of [/^operate/, /^admin/]) assert.equal(await page.getByRole('dialog').getByLabel(scope).count(), 0, String(scope));
  await page.keyboard.press('Escape');
  await world.open('/settings/thresholds', page);
  await page.getByText('An administrator of an environment changes them.').waitFor();
  await page.getByText('warning from 0').waitFor();
  for (const name of [/^Override/, /^Change the override/, /^Remove the override/]) assert.equal(await page.getByRole('button', { name }).count(), 0, String(name));
  world.assertQuiet(page);
  await page.context().close();
});

test('who has no role yet is told so, and nothing is called broken', async () => {
  const { id, state } = await world.join('newcomer', []);
  const page = await openPage(await world.browser.newContext({ storageState: state }));
  await page.goto(world.url);
  await page.getByRole('heading', { name: 'You have no role yet' }).waitFor();
  await page.locator('.stream', { hasText: 'no role' }).waitFor();
  assert.equal(await page.locator('.contact.shown').count(), 0);
  assert.deepEqual(await accessibilityFaults(page), []);
  const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'lab').id;
  const person = (await world.call('GET', `/people/${id}`)).body;
  const changed = await world.context.request.fetch(`${world.url}/api/v1/people/${id}`, {
    method: 'PATCH', headers: { Origin: world.url, 'If-Match': `"${person.version}"` }, failOnStatusCode: false,
    data: { roles: [{ environment_id: environment, role: 'viewer' }] },
  });
  assert.equal(changed.status(), 200, await changed.text());
  // At once: the stream of who has no role brings the word that one came.
  await page.locator('.stream', { hasText: 'live' }).waitFor();
  await page.getByRole('heading', { name: /1 host|need/ }).waitFor();
  await page.context().close();
});

for (const [own, foreign] of [names, [...names].reverse()]) {
  test(`who sees ${own} is shown its host and nothing of ${foreign}`, async () => {
    const page = await openListening(own);
    await world.open('/fleet', page);
    await page.locator(`tr[data-host="inside-${own}"]`).waitFor();
    assert.deepEqual(await page.locator('tr[data-host]').evaluateAll((rows) => rows.map((row) => row.dataset.host)), [`inside-${own}`]);
    assert.equal(await page.getByLabel('Environment', { exact: true }).count(), 0, 'there is nothing to switch to');

    await page.keyboard.press('/');
    await page.getByRole('dialog').getByRole('combobox').fill('inside');
    assert.deepEqual(await page.getByRole('option').locator('span:first-child').allTextContents(), [`inside-${own}`]);
    await page.keyboard.press('Escape');

    await page.goto(`${world.url}/events`);
    await page.getByText(`inside-${own} is online`).first().waitFor();
    const events = (await page.getByRole('list', { name: 'Events, newest first' }).textContent()) ?? '';
    assert.ok(!events.includes(`inside-${foreign}`), events);
    assert.ok(!events.includes('The server started'), 'the server itself belongs to its administrators');
    await page.context().close();
  });

  test(`who sees ${own} gets nothing of ${foreign} by asking for it`, async () => {
    const page = await openListening(own);
    await page.goto(`${world.url}/hosts/${hosts[foreign].id}`);
    await page.getByRole('heading', { name: 'There is no such host' }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    for (const path of [`/hosts/${hosts[foreign].id}`, `/hosts/${hosts[foreign].id}/layout`, `/hosts/${hosts[foreign].id}/series?from=1&to=2`]) {
      const answer = await page.evaluate((url) => fetch(url).then((response) => response.status), `/api/v1${path}`);
      assert.equal(answer, 404, path);
    }
    const events = await page.evaluate((id) => fetch(`/api/v1/events?host_id=${id}`).then((response) => response.json()), hosts[foreign].id);
    assert.deepEqual(events.items, []);

    await page.goto(`${world.url}/fleet?environment=${foreign}`);
    await page.locator(`tr[data-host="inside-${own}"]`).waitFor();
    assert.equal(await page.locator(`tr[data-host="inside-${foreign}"]`).count(), 0);
    await page.context().close();
  });

  test(`the stream of who sees ${own} carries nothing of ${foreign}`, async () => {
    const page = await openListening(own);
    // The page of the foreign host asks for its topic, as anyone could.
    await world.open(`/hosts/${hosts[foreign].id}`, page);
    await page.getByRole('heading', { name: 'There is no such host' }).waitFor();
    const samples = async () => ((await heard(page)).match(/^event: fleet_status$/gm) ?? []).length;
    const before = (await world.call('GET', `/hosts/${hosts[foreign].id}`)).body.last_seen_at;
    await eventually('its own host has moved', async () => (await samples()) >= 3, 30_000);
    await eventually('and so has the other', async () => (await world.call('GET', `/hosts/${hosts[foreign].id}`)).body.last_seen_at > before, 30_000);
    // Something that is told at once to all who may know: it joins, and the host of the other side says goodbye.
    await hosts[foreign].agent.stop();
    await eventually('it is offline', async () => (await world.call('GET', `/hosts/${hosts[foreign].id}`)).body.state === 'offline');
    const far = await samples();
    await eventually('its own host has moved again', async () => (await samples()) > far + 1, 30_000);
    const text = await heard(page);
    for (const secret of [hosts[foreign].id, `inside-${foreign}`, 'metric_update']) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    const { number } = (await world.call('GET', `/hosts/${hosts[foreign].id}`)).body;
    const numbers = [...text.matchAll(/"hosts":(\[\[.*\]\])/g)].flatMap(([, rows]) => JSON.parse(rows).map((row) => row[0]));
    assert.ok(numbers.length > 0 && !numbers.includes(number), `host ${number} in ${numbers}`);
    await page.getByRole('log', { name: 'Notices' }).getByText(`inside-${foreign}`).waitFor({ state: 'detached' });
    world.assertQuiet(page);
    await page.context().close();

    const all = await openPage(world.context);
    await world.open('/fleet', all);
    for (const name of names) assert.equal(await all.locator(`tr[data-host="inside-${name}"] td.environment`).textContent(), name);
    await all.locator(`tr[data-host="inside-${foreign}"] .word`, { hasText: 'offline' }).waitFor();
    await all.close();
    hosts[foreign].agent = world.server.startAgent(hosts[foreign].data);
  });
}

test('who may only see is offered nothing that would be refused', async () => {
  const { id } = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'lab');
  const { state } = await world.join('viewer of lab', [{ environment_id: id, role: 'viewer' }]);
  const page = await openPage(await world.browser.newContext({ storageState: state }));
  await world.open('/fleet', page);
  await page.locator('tr[data-host="inside-lab"]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add a host' }).count(), 0);
  await world.open(`/hosts/${hosts.lab.id}`, page);
  await page.getByRole('heading', { level: 1, name: 'inside-lab' }).waitFor();
  for (const name of ['Edit', 'Move', 'Enrol anew', 'Remove']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await world.open('/settings/thresholds', page);
  await page.getByText('disk.space').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Override/ }).count(), 0);
  world.assertQuiet(page);
});
