// The server's own log.
import { api } from '../../lib/api/endpoints';
import type { LogLine } from '../../lib/api/types';
import { kMostLines, type Line } from '../../lib/log/log_line';
import type { LogSource } from '../../lib/log/log_lines.svelte';
import { levelShape } from '../../lib/ui/shapes';

const lineOfServer = (line: LogLine): Line => ({
  id: line.id, at: line.at, level: line.level, component: line.component, step: 0, text: line.message, fields: line.fields, count: line.count, lastAt: line.last_at,
});

export const serverLog: LogSource = {
  topic: 'logs',
  levels: levelShape,
  usual: 'info',
  async fetch({ level, text }) {
    const { items } = await api.logs({ level, query: text, lines: kMostLines });
    return { lines: items.map(lineOfServer), isCut: items.length >= kMostLines, dropped: 0 };
  },
  hear(message) {
    if (message.type !== 'log_entry') return null;
    return 'skipped' in message.data ? 'gap' : [lineOfServer(message.data)];
  },
};
