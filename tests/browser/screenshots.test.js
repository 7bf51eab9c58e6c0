// The pictures of the documentation, from the running program with a made-up fleet that has an hour behind it. They are always
// taken; FETTLE_SCREENSHOTS=1 puts them into docs/screenshots.
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { copyProgram, spawnProgram } from './support/program.js';
import { World } from './support/world.js';

// Of the lab; all others are of `default`.
const inLab = (name) => name.startsWith('ci-') || name === lost;
const kinds = { api: 4, backup: 1, cache: 2, ci: 3, db: 3, dns: 2, git: 1, mail: 1, proxy: 2, web: 6, worker: 5 };
const names = Object.entries(kinds).flatMap(([kind, count]) => Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`));
/** The one that is lost while the pictures are taken. */
const lost = 'staging-1';

let program;
let world;
let context;
let hosts;
const environments = {};
const players = [];

async function play(hostNames, seed, admin) {
  const tokens = [];
  for (const name of hostNames) {
    const where = inLab(name) ? environments.lab : environments.default;
    tokens.push((await world.call('POST', '/enrolment-tokens', { name, environment_id: where })).body.token);
  }
  const file = join(world.server.folder, `enrolment-tokens-${seed}`);
  writeFileSync(file, `${tokens.join('\n')}\n`, { mode: 0o600 });
  const player = spawnProgram([
    'simulate', '--url', world.url, '--token', admin, '--hosts', String(hostNames.length), '--seconds', '3600', '--history', '60',
    '--enrolment-tokens', file, '--seed', String(seed),
  ]);
  players.push(player);
  return player;
}

/** The hour that the hosts bring along has arrived: the little lines of the fleet page, the last to be filled, are full. */
const isFilled = async () => {
  const { items } = (await world.call('GET', '/hosts?limit=100')).body;
  const { hosts: lines } = (await world.call('GET', '/sparklines?points=30')).body;
  return items.length === names.length + 1 && lines.length === items.length &&
    lines.every((line) => line.cpu_percent.filter((value) => value !== null).length >= 29);
};

/** Three disks are nearly full: one is an error, one has been seen by someone. */
async function fillDisks() {
  const limits = { kind: 'disk.space', environment_id: environments.default, hold_seconds: 0 };
  await world.call('POST', '/thresholds', { ...limits, warning: 83 });
  await world.call('POST', '/thresholds', { ...limits, host_id: hosts.get('db-3'), warning: 80, error: 84 });
  const seen = await eventually('three disks are nearly full', async () => {
    const { items } = (await world.call('GET', '/conditions')).body;
    return items.length >= 3 && items.find((one) => one.source.name === 'backup-1');
  }, 30_000);
  await world.call('PUT', `/conditions/${seen.id}/acknowledgement`, { note: 'the new disk comes on Thursday' });
}

before(async () => {
  program = copyProgram();
  world = await World.open({ path: program.path });
  context = await world.browser.newContext({ storageState: await world.context.storageState(), deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
  const admin = (await world.call('POST', '/tokens', { name: 'simulation', scopes: ['read', 'operate', 'admin'] })).body.token;
  environments.default = (await world.call('GET', '/environments')).body.items.find((one) => one.name === 'default').id;
  environments.lab = (await world.call('POST', '/environments', { name: 'lab' })).body.id;
  await play(names, 11, admin);
  const doomed = await play([lost], 12, admin);
  await eventually('every host has an hour behind it', isFilled, 90_000);
  hosts = new Map((await world.call('GET', '/hosts?limit=100')).body.items.map((host) => [host.name, host.id]));
  await Promise.all([...hosts].map(([name, id]) => world.call('PATCH', `/hosts/${id}`, { labels: { role: name.replace(/-.*/, ''), ...(inLab(name) ? {} : { prod: '' }) } })));
  await world.join('grace', [{ environment_id: environments.default, role: 'administrator' }, { environment_id: environments.lab, role: 'viewer' }]);
  await world.join('linus', [{ environment_id: environments.default, role: 'operator' }]);
  await world.call('POST', '/people', { name: 'margaret', server_administrator: true, roles: [{ environment_id: environments.lab, role: 'operator' }] });
  await fillDisks();
  await doomed.stop('SIGKILL');
  await eventually('one host is offline', async () => (await world.call('GET', '/events?type=host.offline')).body.items.length > 0, 60_000);
  // Its notice comes to whoever looks now, and belongs to no picture.
  const page = await openPage(context);
  await world.open('/events', page);
  await page.getByRole('log', { name: 'Notices' }).getByText(`${lost} is offline`).waitFor({ timeout: 3_000 }).catch(() => 'it came before this page');
  await page.close();
});
after(async () => {
  await Promise.all(players.map((player) => player.stop('SIGKILL')));
  await world?.close();
  program?.remove();
});

async function take(name, path, ready, { width = 1440, height = 900, scheme = 'light', prepare } = {}) {
  const page = await openPage(context);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await world.open(path, page);
  await page.locator(ready).first().waitFor();
  await prepare?.(page);
  await screenshot(page, name);
  world.assertQuiet(page);
  await page.close();
}

/** Charts are drawn one by one as they come into sight. */
const drawn = (page) =>
  eventually('the charts are drawn', () => page.evaluate(() => {
    const seen = [...document.querySelectorAll('.plot')].filter((plot) => plot.getBoundingClientRect().top < innerHeight);
    return seen.length > 0 && seen.every((plot) => plot.querySelector('canvas'));
  }));

/** A few live samples belong to the picture of a host that speaks. */
async function settled(page) {
  await drawn(page);
  for (let samples = 0; samples < 3; samples++) {
    const said = await page.locator('.age time').getAttribute('datetime');
    await eventually('a live sample came', async () => (await page.locator('.age time').getAttribute('datetime')) !== said);
  }
}

const rows = 'tbody tr[data-host]';

test('people', () => take('people', '/settings/people', 'tbody tr'));
test('host', () => take('host', `/hosts/${hosts.get('db-1')}`, '.plot canvas', { prepare: settled }));
test('dark', () => take('dark', `/hosts/${hosts.get('web-2')}?range=1h`, '.plot canvas', { scheme: 'dark', prepare: settled }));
test('an offline host', () => take('offline-host', `/hosts/${hosts.get(lost)}`, '.why', { prepare: drawn }));
test('overview', () => take('overview', '/', '.conditions li', { prepare: (page) => page.locator('.day:not(.waiting) .bar').first().waitFor() }));
test('overview in the dark', () => take('overview-dark', '/', '.conditions li', { scheme: 'dark', prepare: (page) => page.locator('.day:not(.waiting) .bar').first().waitFor() }));
test('events', () => take('events', '/events?severity=warning,error,success', 'main ul > li'));
test('fleet', () => take('fleet', '/fleet', rows));
test('phone', () => take('phone', '/fleet', rows, { width: 360, height: 740 }));
test('add a host', () =>
  take('add-host', '/fleet', rows, {
    prepare: async (page) => {
      await page.keyboard.press('a');
      await page.getByText('Waiting for the host').waitFor();
    },
  }));
test('audit', () =>
  take('audit', '/settings/audit', 'tbody tr', {
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Verify the chain' }).click();
      await page.getByText('The chain is intact').waitFor();
    },
  }));
