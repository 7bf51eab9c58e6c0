// The server's log: live, filtered, paused, followed until someone scrolls; and only for server administrators.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { World } from './support/world.js';

let world;
before(async () => (world = await World.open({ settings: { FETTLE_SERVER_LOG_LEVEL: 'debug' } })));
after(() => world?.close());

/** A warning, and at level debug the line of its request. */
const wrongLogIn = (name) => world.call('POST', '/session', { name, password: 'wrong wrong wrong' });
const lines = (page) => page.getByRole('region', { name: 'Lines, newest last' });

test('what is written now is there at once, and the end is followed', async () => {
  const { page } = world;
  await world.open('/logs');
  await page.getByText('serving').first().waitFor();
  await wrongLogIn('eve-live');
  await page.getByText('log-in refused').first().waitFor({ timeout: 3_000 });
  await page.getByLabel('Least level').selectOption('debug');
  await page.getByText('request', { exact: false }).first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('level'), 'debug');
  for (let i = 0; i < 80; i++) await world.call('GET', `/hosts?limit=${i + 1}`);
  const atEnd = () => lines(page).evaluate((one) => one.scrollHeight - one.clientHeight - one.scrollTop <= 2 && one.scrollHeight > one.clientHeight);
  await eventually('it is at its end', atEnd);
  // Who scrolls up stays where they are, and is told what came.
  await lines(page).evaluate((one) => (one.scrollTop = 0));
  const button = page.getByRole('button', { name: /↓/ });
  await button.waitFor();
  await wrongLogIn('eve-away');
  await page.getByRole('button', { name: /new lines? ↓/ }).waitFor();
  assert.equal(await lines(page).evaluate((one) => one.scrollTop), 0);
  await button.click();
  await eventually('it is at its end again', atEnd);
  await button.waitFor({ state: 'detached' });
  world.assertQuiet();
});

test('search, level and the chosen line', async () => {
  const { page } = world;
  await world.open('/logs');
  await page.locator('main li').first().waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('NOWHERE AT ALL');
  await page.getByRole('heading', { name: 'No line fits' }).waitFor();
  // Who followed the end follows it again when there are lines again.
  await page.getByLabel('Search the log').fill('');
  await page.locator('main li').first().waitFor();
  await eventually('the end is followed', () => lines(page).evaluate((one) => one.scrollHeight - one.clientHeight - one.scrollTop <= 2));
  assert.equal(await page.getByRole('button', { name: /↓/ }).count(), 0);
  await page.getByLabel('Search the log').fill('serving');
  await page.locator('main li', { hasText: 'serving' }).first().waitFor();
  await eventually('only what fits is shown', async () => (await page.locator('main li').count()) === 1);
  await page.locator('main li button').click();
  await page.getByRole('region', { name: 'The chosen line' }).getByText('version').waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: 'The chosen line' }).waitFor({ state: 'detached' });
  world.assertQuiet();
});

test('a pause holds the lines back, and going on shows them', async () => {
  const { page } = world;
  const ask = () => world.call('GET', '/environments');
  await ask();
  await world.open('/logs?level=debug&q=path%3D%2Fapi%2Fv1%2Fenvironments');
  const shown = page.locator('main li');
  await shown.first().waitFor();
  const count = await shown.count();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await ask();
  await ask();
  await page.getByRole('button', { name: '2 new lines ↓' }).waitFor();
  assert.equal(await shown.count(), count);
  await page.keyboard.press('p');
  await eventually('they are shown', async () => (await shown.count()) === count + 2);
  world.assertQuiet();
});

test('what is shown can be downloaded', async () => {
  const { page } = world;
  await world.open('/logs?q=serving');
  await page.locator('main li').first().waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  assert.match(download.suggestedFilename(), /^fettle-.*\.log$/);
  assert.match(await readFile(await download.path(), 'utf8'), /^\S+Z info server serving .*\n$/);
});

test('the log at every size', async () => {
  for (let i = 0; i < 5; i++) await wrongLogIn(`eve-${i}`);
  for (const [name, width, height, scheme] of [['light', 1440, 900, 'light'], ['dark', 1440, 900, 'dark'], ['phone', 360, 740, 'light'], ['zoomed', 640, 400, 'light']]) {
    const page = await openPage(world.context);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await world.open('/logs', page);
    await page.locator('main li').first().waitFor();
    await page.locator('main li.warn button').first().click();
    assert.deepEqual(await accessibilityFaults(page), [], name);
    assert.ok((await overflow(page)) <= 0, `${name}: wider than the window`);
    await screenshot(page, `logs-${name}`, 'scratch');
    world.assertQuiet(page);
    await page.close();
  }
});
