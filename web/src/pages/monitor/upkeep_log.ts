// The logs of the last runs of the server's upkeep as one, and what the present one says.
import { api } from '../../lib/api/endpoints';
import { fits, type Line } from '../../lib/log/log_line';
import type { LogSource } from '../../lib/log/log_lines.svelte';
import { kRunLevels, lineOfRun } from '../../lib/runs/run_log';

const kMost = 1_000;
const kLinesOfRun = 1e8;

/** `present`: the newest run. */
export function upkeepLog(present: string): LogSource {
  // They come in the order of time: each run has its own stretch of ids of lines, after those before it.
  const places = new Map([[present, kMost]]);
  const placed = (run: string, line: Line): Line => {
    if (!places.has(run)) places.set(run, places.size);
    return { ...line, run, id: places.get(run)! * kLinesOfRun + line.id };
  };
  const levels = Object.keys(kRunLevels);
  return {
    topic: `run:${present}`,
    levels: kRunLevels,
    usual: 'debug',
    async fetch(filter) {
      const { lines, total } = await api.maintenanceLogs(kMost);
      const all = lines.map((line) => placed(line.run_id, lineOfRun(line)));
      return { lines: all.filter((line) => fits(line, filter, levels)), isCut: total > lines.length, dropped: 0 };
    },
    hear: (message) => (message.type === 'run_log' && message.data.run_id === present ? message.data.lines.map((line) => placed(present, lineOfRun(line))) : null),
  };
}
