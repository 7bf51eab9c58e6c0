// What the palette asks for when it is opened: schedules, and the commands that hosts offer or ran. Kept for the next time; what
// cannot be fetched is not offered.
import { api } from '../lib/api/endpoints';
import { session } from '../lib/stores/session.svelte';
import type { Schedule } from '../lib/api/run_types';

export interface HostCommand {
  hostId: string;
  hostName: string;
  name: string;
}

const kMostRuns = 200;
const kTitle = 'Command ';

class PaletteLists {
  schedules = $state.raw<Schedule[]>([]);
  commands = $state.raw<HostCommand[]>([]);

  /** `host`: the one whose page is open; of others there is what ran there. */
  async load(host: { id: string; name: string } | undefined): Promise<void> {
    const [schedules, runs, offered] = await Promise.all([
      api.schedules().catch((): Schedule[] => []),
      api.runs({ plan: 'command', limit: kMostRuns }).then((page) => page.items, () => []),
      host ? api.hostCommands(host.id).then((one) => one.names, () => []) : [],
    ]);
    this.schedules = schedules;
    const found = new Map<string, HostCommand>();
    const add = (hostId: string, hostName: string, name: string) => found.set(`${hostId} ${name}`, { hostId, hostName, name });
    for (const name of host ? offered : []) add(host!.id, host!.name, name);
    for (const run of runs) if (run.host_id && run.title.startsWith(kTitle)) add(run.host_id, run.target.name, run.title.slice(kTitle.length));
    this.commands = [...found.values()];
  }
}

export const paletteLists = new PaletteLists();
// Another person may sign in on this page.
session.onLost(() => {
  paletteLists.schedules = [];
  paletteLists.commands = [];
});
