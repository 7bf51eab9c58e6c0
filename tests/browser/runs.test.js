// Runs of hosts as they turn: started from the page of a host, watched in two browsers, through a restart of the server, cancelled;
// their logs; who may only look; what is told to who is elsewhere.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessibilityFaults, openPage, overflow, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { writePolicy } from './support/policy.js';
import { World } from './support/world.js';

let world;
before(async () => {
  world = await World.open({ settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } });
  const policy = writePolicy(world.server.folder, {
    slow: ['/bin/sh', '-c', 'i=0; while [ $i -lt 3000 ]; do echo "line $i of the slow one"; i=$((i+1)); sleep 0.1; done'],
    many: ['/bin/sh', '-c', 'seq -f "number %g of many" 1 2500'],
    progress: ['/bin/sh', '-c', "printf 'copied 10%%\\rcopied 50%%\\rcopied 100%%\\n'"],
    fails: ['/bin/sh', '-c', 'echo all is well; echo a needle in the hay; echo this goes wrong >&2; exit 3'],
  });
  await world.addHost('web-1', undefined, '--policy', policy);
});
after(() => world?.close());

const steps = (page) => page.getByRole('list', { name: 'Steps' }).locator('li');
const states = (page) => steps(page).evaluateAll((all) => all.map((one) => one.dataset.state));
const word = (page) => page.locator('.title .state .word');
const lines = (page) => page.getByRole('region', { name: 'Lines, newest last' });
const start = (plan, parameters) => world.call('POST', '/runs', { plan, target_kind: 'host', target_id: world.host.id, ...(parameters ? { parameters } : {}) });

test('the page of a host starts a run, and its steps turn', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  await page.getByRole('button', { name: 'Run…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run on web-1' });
  await dialog.getByLabel('What').selectOption('host-check');
  assert.deepEqual(await accessibilityFaults(page), []);
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL('**/runs/run_*');
  await eventually('every step is over', async () => {
    const seen = await states(page);
    return seen.length > 1 && seen.every((state) => state === 'completed' || state === 'skipped');
  });
  await word(page).filter({ hasText: /completed|with warnings/ }).waitFor();
  const id = page.url().split('/').at(-1);
  const { steps: known, progress } = (await world.call('GET', `/runs/${id}`)).body;
  assert.deepEqual(await states(page), known.map((step) => step.state));
  assert.equal(progress.done, progress.total);
  // A chosen step narrows the log to it, and the address says so.
  await steps(page).first().getByRole('button').click();
  assert.equal(new URL(page.url()).searchParams.get('step'), '1');
  await page.getByRole('link', { name: 'web-1', exact: true }).click();
  await page.getByRole('table', { name: /Runs of this host/ }).locator(`tr[data-run="${id}"]`).waitFor();
  world.assertQuiet();
});

test('a command that fails: its exit code, its log, searched and taken home', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  await page.getByRole('button', { name: 'Run…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run on web-1' });
  await dialog.getByLabel('What').selectOption('command');
  await dialog.getByLabel('Command').selectOption('fails');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL('**/runs/run_*');
  await page.getByRole('heading', { name: 'Command fails' }).waitFor();
  await word(page).filter({ hasText: 'failed' }).waitFor();
  await page.getByText('ended with exit code 3').first().waitFor();
  await lines(page).getByText('this goes wrong').waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('NEEDLE');
  await eventually('only what fits is shown', async () => (await lines(page).locator('li').count()) === 1);
  assert.equal(new URL(page.url()).searchParams.get('q'), 'NEEDLE');
  await lines(page).getByRole('button').click();
  await page.getByRole('region', { name: 'The chosen line' }).getByText('a needle in the hay').waitFor();
  await page.keyboard.press('Escape');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  assert.match(await readFile(await download.path(), 'utf8'), /all is well\n[^]*a needle in the hay/);
  // What fails asks for someone, with the way to the run.
  await world.open('/');
  const condition = page.locator('li[data-condition="run.failed"]');
  await condition.getByRole('button', { name: 'Close' }).waitFor();
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  assert.ok((await overflow(page)) <= 0, 'all that can be done about it fits on a phone');
  await page.setViewportSize(size);
  await condition.getByRole('link', { name: 'Open run' }).click();
  await page.waitForURL('**/runs/run_*');
  world.assertQuiet();
});

test('the palette finds a command of the host that is looked at; a line that was written over shows its last state', async () => {
  const { page } = world;
  await world.open(`/hosts/${world.host.id}`);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('progress');
  await page.getByRole('option', { name: /progress on web-1/ }).waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Run on web-1' });
  await eventually('the command is chosen', async () => (await dialog.getByLabel('Command').inputValue()) === 'progress');
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL('**/runs/run_*');
  await word(page).filter({ hasText: 'completed' }).waitFor();
  const row = lines(page).getByRole('button', { name: /copied/ });
  assert.match(await row.textContent(), /copied 100%$/);
  assert.doesNotMatch(await row.textContent(), /50%/);
  await row.click();
  await page.getByRole('region', { name: 'The chosen line' }).getByText(/copied 10%\s+copied 50%\s+copied 100%/).waitFor();
  world.assertQuiet();
});

test('the page of runs asks on which host, and who closes the dialog stays on its page', async () => {
  const { page } = world;
  await world.open('/runs');
  await page.getByRole('button', { name: 'Run…' }).click();
  await page.getByRole('option', { name: /Run on web-1/ }).click();
  await page.getByRole('dialog', { name: 'Run on web-1' }).waitFor();
  await page.keyboard.press('Escape');
  await eventually('the address says the host alone', () => page.url().endsWith(`/hosts/${world.host.id}`));
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await world.open(`/runs?host_id=${world.host.id}`);
  await page.getByRole('link', { name: 'Run on web-1…' }).click();
  await page.getByRole('dialog', { name: 'Run on web-1' }).waitFor();
  world.assertQuiet();
});

test('one plan is started on all hosts that are picked', async () => {
  const { page } = world;
  await world.open('/fleet');
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('button', { name: /Select all/ }).click();
  await page.getByRole('button', { name: 'Run…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Run on web-1' });
  await dialog.getByLabel('What').selectOption('command');
  await dialog.getByLabel('Command').selectOption('progress');
  assert.deepEqual(await accessibilityFaults(page), []);
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('log', { name: 'Notices' }).getByRole('link', { name: '1 run is started' }).click();
  await page.waitForURL('**/runs?state=live');
  await eventually('the run has ended', async () => (await world.call('GET', '/runs?state=live')).body.items.length === 0);
  // A host that is busy says so, and the dialog stays.
  const { body: run } = await start('command', { name: 'slow' });
  await world.open('/fleet');
  await page.getByRole('button', { name: 'Select', exact: true }).click();
  await page.getByRole('button', { name: /Select all/ }).click();
  await page.getByRole('button', { name: 'Run…' }).click();
  await dialog.getByRole('button', { name: 'Run now' }).click();
  await dialog.getByRole('alert').getByText(/Not started: web-1/).waitFor();
  await world.call('POST', `/runs/${run.id}/cancel`);
  await eventually('the slow one has ended', async () => !(await world.call('GET', `/runs/${run.id}`)).body.is_live, 30_000);
  world.assertQuiet();
});

test('a run goes on through a restart of the server, in two browsers, and is cancelled', async () => {
  const { page } = world;
  const { body: run } = await start('command', { name: 'slow' });
  assert.equal((await start('host-check')).status, 409, 'the host is busy');
  const other = await openPage(await world.browser.newContext({ storageState: await world.context.storageState(), viewport: { width: 1440, height: 900 } }));
  await world.open(`/runs/${run.id}`, other);
  await world.open(`/runs/${run.id}`);
  for (const one of [page, other]) await lines(one).getByText(/line \d+ of the slow one/).first().waitFor();
  const atEnd = () => lines(page).evaluate((one) => one.scrollHeight > one.clientHeight + 200 && one.scrollHeight - one.clientHeight - one.scrollTop <= 2);
  await eventually('there is far more than fits, and the end is followed', atEnd);
  // Who scrolls up stays where they are, and is told what came.
  await lines(page).evaluate((one) => (one.scrollTop = 0));
  await page.getByRole('button', { name: /new lines? ↓/ }).click();
  await eventually('it is at its end again', atEnd);
  // How long it may take is said beside how long it takes.
  await page.getByText(/of at most 5\smin/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await screenshot(page, 'run-live', 'scratch');

  await world.server.child.stop('SIGKILL');
  await page.locator('.stream:not([data-phase=live])').waitFor();
  await world.server.start();
  await page.locator('.stream[data-phase=live]').waitFor({ timeout: 40_000 });
  // The agent owns it: it has gone on, and what it wrote meanwhile arrives.
  const last = async () => Number(/line (\d+) of/.exec(await lines(page).locator('li').last().textContent())?.[1] ?? 0);
  const before = await last();
  await eventually('new lines come', async () => (await last()) > before + 5, 30_000);
  assert.equal(await word(page).textContent(), 'running');

  await page.getByRole('button', { name: 'Cancel this run' }).click();
  for (const one of [page, other]) await word(one).filter({ hasText: 'cancelled' }).waitFor({ timeout: 40_000 });
  await page.getByText(/Cancelled by ada/).waitFor();
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(run.id));
  await page.getByRole('link', { name: 'of this run again' }).waitFor();
  await page.getByRole('button', { name: 'Cancel this run' }).click();
  await word(page).filter({ hasText: 'cancelled' }).waitFor({ timeout: 30_000 });
  world.assertQuiet();
  world.assertQuiet(other);
  await other.context().close();
});

test('a double click on cancel cancels, and begins nothing anew', async () => {
  const { page } = world;
  const { body: run } = await start('command', { name: 'slow' });
  await world.open(`/runs/${run.id}`);
  await word(page).filter({ hasText: 'running' }).waitFor();
  const place = await page.getByRole('button', { name: 'Cancel this run' }).boundingBox();
  const at = [place.x + place.width / 2, place.y + place.height / 2];
  await page.mouse.click(...at);
  await word(page).filter({ hasText: 'cancelled' }).waitFor({ timeout: 30_000 });
  await page.mouse.click(...at);
  await eventually('it can be begun anew', () => page.getByRole('button', { name: 'Run again' }).isEnabled());
  assert.equal(new URL(page.url()).pathname, `/runs/${run.id}`);
  assert.equal((await world.call('GET', '/runs?state=live')).body.items.length, 0);
});

test('a long log is read back, and stands where it was after a search', async () => {
  const { page } = world;
  const { body: run } = await start('command', { name: 'many' });
  await eventually('it has ended', async () => !(await world.call('GET', `/runs/${run.id}`)).body.is_live);
  await world.open(`/runs/${run.id}`);
  const list = lines(page);
  await list.getByText('number 2500 of many').waitFor();
  await page.getByRole('button', { name: 'Show earlier lines' }).click();
  // What was in sight stays in sight.
  await eventually('two thousand are there', () => list.evaluate((one) => one.scrollHeight >= 2_000 * 24));
  await list.getByText('number 2500 of many').waitFor();
  await page.getByRole('button', { name: 'Show earlier lines' }).click();
  await page.getByRole('button', { name: 'Show earlier lines' }).waitFor({ state: 'detached' });
  await list.evaluate((one) => (one.scrollTop = 0));
  await list.getByText('number 1 of many').waitFor();
  await page.getByLabel('Search the log').fill('nothing of the kind');
  await page.getByText('No line fits.').waitFor();
  await page.getByLabel('Search the log').fill('');
  await list.getByText('number 2500 of many').waitFor();
  world.assertQuiet();
});

test('who is elsewhere is told when their own run ends', async () => {
  const { page } = world;
  await world.open('/fleet');
  const { body: run } = await start('command', { name: 'fails' });
  await page.getByRole('log', { name: 'Notices' }).getByRole('link', { name: /failed/ }).click();
  await page.waitForURL(`**/runs/${run.id}`);
});

test('the list is filtered by the address, and lives', async () => {
  const { page } = world;
  await world.open('/runs');
  const rows = page.locator('tr[data-run]');
  await rows.first().waitFor();
  const before = await rows.count();
  const { body: run } = await start('host-check');
  await page.locator(`tr[data-run="${run.id}"][data-state^=completed]`).waitFor();
  assert.equal(await rows.count(), before + 1);
  await page.getByRole('button', { name: 'Failed only' }).click();
  await eventually('only failed ones', async () => (await rows.evaluateAll((all) => all.map((one) => one.dataset.state))).every((state) => state === 'failed'));
  await page.reload();
  await rows.first().waitFor();
  assert.ok((await rows.evaluateAll((all) => all.map((one) => one.dataset.state))).every((state) => state === 'failed'));
  await page.getByLabel('State').selectOption('live');
  await page.getByRole('heading', { name: 'No run fits' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.waitForURL((url) => url.pathname === '/runs' && url.search === '');
});

test('who may only look sees why nothing can be started', async () => {
  const environment = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
  const { state } = await world.join('vera', [{ environment_id: environment, role: 'viewer' }]);
  const page = await openPage(await world.browser.newContext({ storageState: state }));
  const [run] = (await world.call('GET', '/runs?state=failed')).body.items;
  await world.open(`/runs/${run.id}`, page);
  await page.getByText('You may look at this run.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Run again' }).isDisabled());
  assert.match(await page.getByRole('button', { name: 'Run again' }).getAttribute('title'), /not start/);
  await world.open(`/hosts/${world.host.id}`, page);
  await page.getByRole('table', { name: /Runs of this host/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Run…' }).count(), 0);
  await world.open('/monitor', page);
  await page.getByRole('heading', { name: 'The upkeep of the server is for server administrators' }).waitFor();
  await world.open('/schedules/new', page);
  await page.getByRole('heading', { name: 'A schedule takes an operator' }).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  world.assertQuiet(page);
  await page.context().close();
});

test('a failure that no run may ever end is closed by a person', async () => {
  const { page } = world;
  await world.open('/');
  const condition = page.locator('li[data-condition="run.failed"]');
  await condition.getByRole('button', { name: 'Close' }).click();
  await condition.waitFor({ state: 'detached' });
  assert.ok((await world.call('GET', '/conditions')).body.items.every((one) => one.kind !== 'run.failed'));
  world.assertQuiet();
});

test('a run that is not there says so', async () => {
  const { page } = world;
  for (const id of ['run_nope', `run_${'0'.repeat(32)}`]) {
    await world.open(`/runs/${id}`);
    await page.getByRole('heading', { name: 'There is no such run' }).waitFor();
  }
  world.assertQuiet();
});
