// Every page in light and dark, wide and on a phone: accessible, nothing wider than the window, nothing complains.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
let pages;
before(async () => {
  world = await World.open({ agents: 2 });
  const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
  const invited = await world.call('POST', '/people', { name: 'otto', roles: [{ environment_id: environment, role: 'operator' }] });
  assert.equal(invited.status, 201);
  const otto = invited.body.person.id;
  const target = { plan: 'host-check', target_kind: 'host', target_id: world.host.id };
  const run = (await world.call('POST', '/runs', target)).body.id;
  await eventually('the run has ended', async () => !(await world.call('GET', `/runs/${run}`)).body.is_live);
  pages = [
    { name: 'runs', path: '/runs', ready: 'tr[data-run]' },
    { name: 'run', path: `/runs/${run}`, ready: 'li[data-step]' },
    { name: 'overview', path: '/', ready: '#day-title' },
    { name: 'thresholds', path: '/settings/thresholds', ready: 'tbody tr' },
    { name: 'fleet', path: '/fleet', ready: 'tbody tr[data-host]' },
    { name: 'fleet-tiles', path: '/fleet?view=tiles', ready: '.tile' },
    { name: 'host', path: `/hosts/${world.host.id}`, ready: '.plot canvas' },
    { name: 'events', path: '/events', ready: 'main li time' },
    { name: 'account', path: '/settings', ready: 'table' },
    { name: 'tokens', path: '/settings/tokens', ready: 'h2' },
    { name: 'people', path: '/settings/people', ready: 'table' },
    { name: 'person', path: `/settings/people/${otto}`, ready: 'form' },
    { name: 'environments', path: '/settings/environments', ready: 'table' },
    { name: 'audit', path: '/settings/audit', ready: 'table' },
    { name: 'not-found', path: '/nowhere', ready: 'h2' },
  ];
});
after(() => world?.close());

const views = [
  { name: '', width: 1440, height: 900, scheme: 'light' },
  { name: 'dark', width: 1440, height: 900, scheme: 'dark' },
  { name: 'phone', width: 360, height: 740, scheme: 'light' },
  { name: 'zoomed', width: 640, height: 400, scheme: 'light' },
];

for (const view of views) {
  test(`every page at ${view.width} px, ${view.scheme}`, async () => {
    const page = await openPage(world.context);
    await page.setViewportSize({ width: view.width, height: view.height });
    await page.emulateMedia({ colorScheme: view.scheme, reducedMotion: 'reduce' });
    for (const one of pages) {
      await world.open(one.path, page);
      await page.locator(one.ready).first().waitFor();
      assert.deepEqual(await accessibilityFaults(page), [], `${one.name}: accessibility`);
      assert.ok((await overflow(page)) <= 0, `${one.name}: wider than the window`);
      await screenshot(page, `${one.name}-${view.name || 'light'}`, 'scratch');
    }
    world.assertQuiet(page);
    await page.close();
  });
}

test('the theme can be chosen and is kept', async () => {
  const { page } = world;
  await world.open('/settings');
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.getByRole('button', { name: 'As the system' }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
});

test('the keyboard alone goes everywhere', async () => {
  const { page } = world;
  await world.open('/fleet');
  await page.locator('tbody tr[data-host]').first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  // Closed is not gone: the keys of the page work when it is gone.
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL('**/events');
  // Typed at once: the palette takes every key from the one that opens it on.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('settings');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings');
  await page.goBack();
  await page.waitForURL('**/events');
});

test('a token is shown once and can be revoked', async () => {
  const { page } = world;
  await world.open('/settings/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('scraper');
  await page.getByRole('checkbox', { name: 'metrics' }).check();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole('button', { name: 'Make the token' }).click();
  await page.getByText(/^ftk_/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Revoke scraper' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke scraper' }).click();
  await page.getByRole('rowheader', { name: 'scraper' }).waitFor({ state: 'detached' });
  world.assertQuiet();
});

test('the filter hides and shows, and lives in the address', async () => {
  const { page } = world;
  await world.open('/fleet');
  await page.locator('tbody tr[data-host]').first().waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('offline');
  await page.getByRole('heading', { name: 'No host matches' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('q'), 'offline');
  await page.reload();
  await page.getByRole('heading', { name: 'No host matches' }).waitFor();
  // Another page, and back by key and by rail: as it was left.
  for (const back of [() => page.keyboard.press('g').then(() => page.keyboard.press('f')), () => page.getByRole('link', { name: 'Fleet', exact: true }).click()]) {
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.waitForURL('**/events');
    await back();
    await page.waitForURL('**/fleet?q=offline');
  }
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.locator('tbody tr[data-host]').first().waitFor();
});

test('removing a host from the palette says what goes with it, and shows a long wait', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  await page.getByRole('heading', { name: world.host.name }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(`remove ${world.host.name}`);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Remove ${world.host.name}` });
  await dialog.getByText('Its samples are deleted. What happened on it stays among the events.').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'remove-host', 'scratch');
  let goOn;
  const seen = new Promise((resolve) => (goOn = resolve));
  await page.route('**/api/v1/hosts/*', async (route) => {
    if (route.request().method() === 'DELETE') await seen;
    await route.continue();
  });
  await dialog.getByRole('button', { name: `Remove ${world.host.name}` }).click();
  await dialog.getByRole('status').getByText('Removing').waitFor();
  goOn();
  await page.waitForURL('**/fleet');
  await page.locator(`tr[data-host="${world.host.name}"]`).waitFor({ state: 'detached' });
  await page.unroute('**/api/v1/hosts/*');
  world.assertQuiet();
});
