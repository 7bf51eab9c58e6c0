// The log of one run.
import { api } from '../api/endpoints';
import type { RunLogLine } from '../api/run_types';
import type { Line } from '../log/log_line';
import type { LogSource } from '../log/log_lines.svelte';
import type { Shape } from '../ui/shapes';

const kPage = 1_000;
export const kRunLevels: Record<string, Shape> = { debug: 'offline', info: 'note', warning: 'late', error: 'failed' };

export const lineOfRun = (line: RunLogLine): Line => ({
  id: line.sequence, at: line.at, level: line.level, component: '', step: line.step, text: line.text, fields: line.fields, count: 1, lastAt: line.at,
});

export const runLog = (id: string): LogSource => ({
  topic: `run:${id}`,
  levels: kRunLevels,
  usual: 'debug',
  async fetch({ level, text }) {
    const answer = await api.runLog(id, { limit: kPage, level: level === 'debug' ? '' : level, query: text });
    const isCut = answer.lines.length >= kPage && answer.lines[0]!.sequence > 1;
    return { lines: answer.lines.map(lineOfRun), isCut, dropped: answer.dropped };
  },
  async fetchBefore(first) {
    const { lines } = await api.runLog(id, { after: Math.max(0, first.id - 1 - kPage), limit: kPage });
    return lines.map(lineOfRun);
  },
  hear: (message) => (message.type === 'run_log' && message.data.run_id === id ? message.data.lines.map(lineOfRun) : null),
});
