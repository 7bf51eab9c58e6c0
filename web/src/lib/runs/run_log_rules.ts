// Lines of a run's log as a list: each once, in order, at most so many, holes named; what fits a filter. Pure.
import type { RunLogLevel, RunLogLine } from '../api/run_types';
import type { Shape } from '../ui/shapes';

export const kRunLevels: RunLogLevel[] = ['debug', 'info', 'warning', 'error'];
export const runLevelShape: Record<RunLogLevel, Shape> = { debug: 'offline', info: 'note', warning: 'late', error: 'failed' };
export const kMostLines = 5_000;

export interface RunLogFilter {
  level: RunLogLevel;
  text: string;
  /** Of this step alone; 0: of all. */
  step: number;
}

export const kAllLines: RunLogFilter = { level: 'debug', text: '', step: 0 };

export function fits(line: RunLogLine, { level, text, step }: RunLogFilter): boolean {
  if (kRunLevels.indexOf(line.level) < kRunLevels.indexOf(level)) return false;
  if (step > 0 && line.step !== step) return false;
  const wanted = text.toLowerCase();
  if (!wanted) return true;
  return line.text.toLowerCase().includes(wanted) || Object.entries(line.fields).some(([key, value]) => `${key}=${value}`.toLowerCase().includes(wanted));
}

/** Each sequence once, in order; the oldest go when there are too many. */
export function merge(lines: RunLogLine[], arrived: RunLogLine[], most = kMostLines): RunLogLine[] {
  if (arrived.length === 0) return lines;
  const newest = lines.at(-1)?.sequence ?? -1;
  const isNext = arrived.every((line, index) => line.sequence > (index > 0 ? arrived[index - 1]!.sequence : newest));
  let all: RunLogLine[];
  if (isNext) all = [...lines, ...arrived];
  else {
    const known = new Map([...lines, ...arrived].map((line) => [line.sequence, line]));
    all = [...known.values()].sort((a, b) => a.sequence - b.sequence);
  }
  return all.length > most ? all.slice(-most) : all;
}

/** A row of the screen: a line, or lines that say the same one after the other. */
export interface LogRow {
  line: RunLogLine;
  /** How many there are, and when the last came. */
  count: number;
  lastAt: string;
}

/** Neighbours that say the same, of one step and level, are one row that counts. */
export function fold(lines: RunLogLine[]): LogRow[] {
  const rows: LogRow[] = [];
  for (const line of lines) {
    const last = rows.at(-1);
    if (last && isSame(last.line, line)) {
      last.count += 1;
      last.lastAt = line.at;
    } else rows.push({ line, count: 1, lastAt: line.at });
  }
  return rows;
}

function isSame(a: RunLogLine, b: RunLogLine): boolean {
  if (a.text !== b.text || a.level !== b.level || a.step !== b.step) return false;
  const [mine, other] = [Object.entries(a.fields), Object.entries(b.fields)];
  return mine.length === other.length && mine.every(([key, value]) => b.fields[key] === value);
}

export const fieldsText = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}=${/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' ');

/** For one row: control characters and line ends as they are written, without colours of a terminal. */
export const shownText = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
