// The pictures of runs, schedules and the monitor in the documentation. They are always taken; FETTLE_SCREENSHOTS=1 puts them into
// docs/screenshots.
import { after, before, test } from 'node:test';
import { openPage, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { beAway } from './support/past.js';
import { writePolicy } from './support/policy.js';
import { World } from './support/world.js';

const nightly = `
for table in customers orders order_lines stock prices; do
  echo "dumping $table"; sleep 0.05
  for part in 1 2 3 4; do echo "$table: part $part of 4, $((part * 2611)) rows"; sleep 0.02; done
done
echo "stock: 3 rows have no price" >&2
echo "waiting for the disk to be done"; sleep 300`;

let world;
let context;
let nightlyRun;
const started = async (body) => (await world.call('POST', '/runs', { target_kind: 'host', target_id: world.host.id, ...body })).body.id;
const ended = (id) => eventually('it has ended', async () => !(await world.call('GET', `/runs/${id}`)).body.is_live);

before(async () => {
  world = await World.open({ settings: { FETTLE_SERVER_HEARTBEAT_INTERVAL_MS: '1000' } });
  context = await world.browser.newContext({ storageState: await world.context.storageState(), deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
  const policy = writePolicy(world.server.folder, { nightly: ['/bin/sh', '-c', nightly] });
  await world.addHost('db-1', undefined, '--policy', policy);
  const schedule = (name, timing, more) =>
    world.call('POST', '/schedules', { name, plan: 'host-check', target_kind: 'host', target_id: world.host.id, timing, time_zone: 'Europe/Berlin', ...more });
  await schedule('check of the database host', '*/5 * * * *');
  await schedule('every twenty minutes', '*/20 * * * *', { misfire: 'run_all', misfire_limit: 2 });
  await schedule('each hour, only in time', '@hourly', { misfire: 'skip' });
  await schedule('early in the morning', '30 2 27-31 3,10 *');
  await beAway(world.server, 6);
  await eventually('the missed ones have run', async () => (await world.call('GET', '/ledger?outcome=ran,late')).body.items.length >= 2, 60_000);
  await eventually('nothing runs', async () => (await world.call('GET', '/runs?state=live')).body.items.length === 0);
  await ended(await started({ plan: 'host-check' }));
  nightlyRun = await started({ plan: 'command', parameters: { name: 'nightly' } });
});
after(() => world?.close());

async function take(name, path, ready, prepare) {
  const page = await openPage(context);
  await page.setViewportSize({ width: 1440, height: 900 });
  await world.open(path, page);
  await page.locator(ready).first().waitFor();
  await prepare?.(page);
  await screenshot(page, name);
  world.assertQuiet(page);
  await page.close();
}

test('a run', () => take('run', `/runs/${nightlyRun}`, '.log li', (page) => page.getByText('waiting for the disk').first().waitFor()));
test('runs', () => take('runs', '/runs', 'tr[data-run]'));
test('the editor of a schedule', async () => {
  const { id } = (await world.call('GET', '/schedules')).body.items.find((one) => one.name === 'early in the morning');
  await take('schedule', `/schedules/${id}`, 'li[data-note=gap]');
});
test('the ledger', () => take('ledger', '/ledger', 'tr[data-outcome]'));
test('the monitor', async () => {
  await world.call('POST', '/maintenance/run', {});
  await take('monitor', '/monitor', 'li[data-step][data-state=completed]', (page) =>
    eventually('it has ended', async () => (await page.locator('[data-state=pending], [data-state=running]').count()) === 0, 30_000));
});
test('the log of the server', () => take('server-logs', '/monitor/logs', 'main li'));
