// A server that was away for hours, without waiting for them: its schedules believe that they were looked at last so long ago.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const script = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute('UPDATE schedule SET settled_until = settled_until - ?', (int(sys.argv[2]),))
`;

/** Stops the server, sets its schedules back, and starts it again on the same port. */
export async function beAway(server, hours) {
  await server.child.stop();
  execFileSync('python3', ['-c', script, join(server.folder, 'server/fettle.db'), String(hours * 3_600)]);
  await server.start();
}
