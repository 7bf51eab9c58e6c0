// The pictures of the documentation, from the running program with a small fleet. Only when they are asked for: the lines of the
// fleet page need a quarter of an hour to fill (FETTLE_SCREENSHOT_MINUTES for another time).
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage, screenshot } from './support/browser.js';
import { eventually } from './support/eventually.js';
import { spawnProgram } from './support/program.js';
import { World } from './support/world.js';

const skip = process.env.FETTLE_SCREENSHOTS !== '1' && 'FETTLE_SCREENSHOTS=1 asks for them';
const kMinutes = Number(process.env.FETTLE_SCREENSHOT_MINUTES ?? 15.5);
const kinds = { api: 4, backup: 1, cache: 2, ci: 3, db: 3, dns: 2, git: 1, mail: 1, proxy: 2, web: 6, worker: 5 };
const names = Object.entries(kinds).flatMap(([kind, count]) => Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`));

let world;
let simulation;
let hosts;

before(async () => {
  if (skip) return;
  world = await World.open();
  const tokens = [];
  for (const name of names) tokens.push((await world.call('POST', '/enrolment-tokens', { name })).body.token);
  const file = join(world.server.folder, 'enrolment-tokens');
  writeFileSync(file, `${tokens.join('\n')}\n`, { mode: 0o600 });
  const access = await world.call('POST', '/tokens', { name: 'simulation', scopes: ['read', 'operate', 'admin'] });
  simulation = spawnProgram([
    'simulate', '--url', world.url, '--token', access.body.token, '--hosts', String(names.length), '--seconds', '36000', '--enrolment-tokens', file, '--seed', '7',
  ]);
  await world.addHost('staging-1');
  hosts = new Map((await world.call('GET', '/hosts?limit=100')).body.items.map((host) => [host.name, host.id]));
  const since = Date.now();
  await eventually('there is enough to see', () => Date.now() - since > kMinutes * 60_000, (kMinutes + 1) * 60_000);
});
after(async () => {
  await simulation?.stop();
  await world?.close();
});

async function take(name, path, ready, { width = 1440, height = 900, scheme = 'light', prepare } = {}) {
  const page = await openPage(world.context);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await world.open(path, page);
  await page.locator(ready).first().waitFor();
  await prepare?.(page);
  await screenshot(page, name);
  await page.close();
}

/** Charts are drawn one by one as they come into sight, and a few live samples belong to the picture. */
const settled = async (page) => {
  await eventually('the charts are drawn', () => page.evaluate(() => {
    const seen = [...document.querySelectorAll('.plot')].filter((plot) => plot.getBoundingClientRect().top < innerHeight);
    return seen.length > 0 && seen.every((plot) => plot.querySelector('canvas'));
  }));
  const said = await page.locator('.age time').getAttribute('datetime');
  await eventually('a live sample came', async () => (await page.locator('.age time').getAttribute('datetime')) !== said);
};

test('fleet, host, add host, an offline host, dark, phone', { skip }, async () => {
  await world.host.agent.stop();
  await eventually('one host is offline', async () => (await world.call('GET', `/hosts/${world.host.id}`)).body.state === 'offline');
  await take('fleet', '/fleet', 'tbody tr[data-host]');
  await take('host', `/hosts/${hosts.get('db-1')}?range=15m`, '.plot canvas', { prepare: settled });
  await take('add-host', '/fleet', 'tbody tr[data-host]', {
    prepare: async (page) => {
      await page.keyboard.press('a');
      await page.getByText('Waiting for the host').waitFor();
    },
  });
  await take('offline-host', `/hosts/${world.host.id}?range=15m`, '.plot canvas');
  await take('dark', `/hosts/${hosts.get('web-2')}?range=15m`, '.plot canvas', { scheme: 'dark', prepare: settled });
  await take('phone', '/fleet', 'tbody tr[data-host]', { width: 360, height: 740 });
});
