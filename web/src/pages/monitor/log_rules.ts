// Lines of the log as a list: each id once, in order, at most so many; what fits a filter. Pure.
import type { LogLevel, LogLine } from '../../lib/api/types';

export const kLevels: LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];
export const kMost = 5_000;

export interface LogFilter {
  level: LogLevel;
  text: string;
}

/** As the server does it: component, message and `field=value`, without case. */
export function fits(line: LogLine, filter: LogFilter): boolean {
  if (kLevels.indexOf(line.level) < kLevels.indexOf(filter.level)) return false;
  const wanted = filter.text.toLowerCase();
  if (!wanted) return true;
  return [line.message, line.component, ...Object.entries(line.fields).map(([key, value]) => `${key}=${value}`)].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}

/** A line that came again (its count has grown) takes its place; new ones go to the end; the oldest go when there are too many. */
export function merge(lines: LogLine[], arrived: LogLine[], most = kMost): LogLine[] {
  if (arrived.length === 0) return lines;
  const byId = new Map(lines.map((line) => [line.id, line]));
  const last = lines.at(-1)?.id ?? -1;
  let ordered = true;
  let newest = last;
  for (const line of arrived) {
    const known = byId.get(line.id);
    if (known && known.count > line.count) continue;
    if (!known && line.id < newest) ordered = false;
    newest = Math.max(newest, line.id);
    byId.set(line.id, line);
  }
  const all = [...byId.values()];
  if (!ordered) all.sort((a, b) => a.id - b.id);
  return all.length > most ? all.slice(-most) : all;
}

export const fieldsText = (line: LogLine): string =>
  Object.entries(line.fields)
    .map(([key, value]) => `${key}=${/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' ');

/** One line of a file: control characters as escapes, so that it stays one line. */
export function lineText(line: LogLine): string {
  const count = line.count > 1 ? ` (${line.count} times)` : '';
  const text = `${line.at} ${line.level} ${line.component} ${line.message} ${fieldsText(line)}`.trimEnd() + count;
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
