// The page is written against the server's own description of itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from './support/program.js';

let server;
before(async () => (server = await new Server().start()));
after(() => server?.stop());

test('the committed types are those of the running server', () => {
  const web = resolve(fileURLToPath(import.meta.url), '../../../web');
  const run = spawnSync(process.execPath, ['scripts/types.js', server.url, '--check'], { cwd: web, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
});
