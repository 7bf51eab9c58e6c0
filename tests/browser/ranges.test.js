// History on the charts: ranges, zoom by dragging and by keyboard, all of it in the address, and what is shown as CSV.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessibilityFaults, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { spawnProgram } from './support/program.js';
import { World } from './support/world.js';

let world;
let player;
let host;
before(async () => {
  world = await World.open();
  const admin = (await world.call('POST', '/tokens', { name: 'simulation', scopes: ['read', 'operate', 'admin'] })).body.token;
  const file = join(world.server.folder, 'enrolment-token');
  writeFileSync(file, `${(await world.call('POST', '/enrolment-tokens', { name: 'db-1' })).body.token}\n`, { mode: 0o600 });
  player = spawnProgram(['simulate', '--url', world.url, '--token', admin, '--hosts', '1', '--seconds', '3600', '--history', '60', '--enrolment-tokens', file]);
  host = await eventually('the host has an hour behind it', async () => {
    const one = (await world.call('GET', '/hosts')).body.items[0];
    if (!one) return false;
    const now = Date.now();
    const { status, body } = await world.call('GET', `/hosts/${one.id}/series?from=${now - 3_600_000}&to=${now}&points=60`);
    return status === 200 && body.times.length >= 58 && one;
  }, 60_000);
});
after(async () => {
  await player?.stop('SIGKILL');
  await world?.close();
});

const plot = () => world.page.locator('.plot .u-over').first();
const values = () => world.page.getByRole('table', { name: 'CPU, values', exact: true });
const word = (name) => new URL(world.page.url()).searchParams.get(name);
const spanMs = () => Number(word('to')) - Number(word('from'));

async function drag(fromPart, toPart) {
  const { page } = world;
  const before = word('from');
  const box = await plot().boundingBox();
  await page.mouse.move(box.x + box.width * fromPart, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * toPart, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await eventually('the address has the stretch', () => word('from') !== before);
}

test('a range is in the address, and the charts say what they are made of', async () => {
  const { page } = world;
  await world.open(`/hosts/${host.id}`);
  await plot().waitFor();
  await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: '1 h', exact: true }).click();
  await eventually('the address says so', () => word('range') === '1h');
  await page.getByText('A point each 5\u202fs').waitFor();
  await page.reload();
  await page.locator('[aria-pressed=true]', { hasText: '1 h' }).waitFor();
  await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: '13 months' }).click();
  await page.getByText('all there is so far').waitFor();
  await page.goBack();
  await eventually('back is back', () => word('range') === '1h');
});

test('dragging zooms, the values at the cursor stay, and a double click goes back', async () => {
  const { page } = world;
  await plot().waitFor();
  await drag(0.4, 0.7);
  assert.ok(Math.abs(spanMs() - 0.3 * 3_600_000) < 60_000, `${spanMs()} ms of an hour`);
  await page.getByRole('button', { name: 'Back to live' }).waitFor();
  // Nothing has moved since; what stands beside the pointer is read from the new samples.
  await page.getByText('A point each 2\u202fs').waitFor();
  await eventually('there are values at the cursor', async () => /^(?=.*\d)[^–]*$/s.test((await values().textContent()) ?? ''));
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'host-zoomed-in', 'scratch');
  const first = [word('from'), word('to')];
  await page.reload();
  await plot().waitFor();
  assert.deepEqual([word('from'), word('to')], first);
  await drag(0.2, 0.8);
  assert.ok(spanMs() < 0.2 * 3_600_000);
  await page.goBack();
  await eventually('one step back', () => word('from') === first[0]);
  await plot().dblclick();
  await eventually('live again', () => word('from') === null);
  assert.equal(word('range'), '1h');
});

test('by keyboard the cursor stays at its time, and nothing zooms past the end', async () => {
  const { page } = world;
  const charts = page.getByRole('group', { name: /^Charts/ });
  await charts.focus();
  await page.keyboard.press('ArrowLeft');
  const at = page.locator('#chart-cpu .at');
  await eventually('the cursor has a time', async () => /\d\d:\d\d/.test((await at.textContent()) ?? ''));
  const said = (await at.textContent()).match(/\d\d:\d\d/)[0];
  const now = Date.now();
  await page.keyboard.press('+');
  await eventually('it is zoomed', () => word('from') !== null);
  assert.ok(Number(word('to')) <= now + 5_000, `${Number(word('to')) - now} ms from now on`);
  await eventually('the cursor is where it was, with values', async () =>
    ((await at.textContent()) ?? '').includes(said) && /^(?=.*\d)[^–]*$/s.test((await values().textContent()) ?? ''));
  await page.keyboard.press('-');
  await eventually('live again', () => word('from') === null);
});

test('CSV is what is on the screen', async () => {
  const { page } = world;
  await plot().waitFor();
  await drag(0.5, 0.6);
  const [from, to] = [Number(word('from')), Number(word('to'))];
  const link = page.getByRole('link', { name: 'CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.equal(download.suggestedFilename(), 'db-1.csv');
  const [head, ...rows] = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  assert.match(head, /cpu/);
  assert.ok(rows.length > 20, `${rows.length} rows`);
  for (const row of [rows[0], rows.at(-1)]) {
    const said = row.split(',')[0];
    const at = /^\d+$/.test(said) ? Number(said) : Date.parse(said);
    assert.ok(at >= from - 60_000 && at <= to + 60_000, `${said} is not within the stretch`);
  }
  world.assertQuiet();
});
