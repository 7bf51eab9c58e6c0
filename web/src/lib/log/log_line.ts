// Lines of a log as a list, whoever wrote it: each once, in order, at most so many; what fits a filter; text as text. Pure.

export interface Line {
  /** Rises from line to line. */
  id: number;
  at: string;
  level: string;
  /** The part of the server that says it; empty in a run. */
  component: string;
  /** Of a run; 0: of none. */
  step: number;
  /** The run, where the log is of several. */
  run?: string;
  text: string;
  fields: Record<string, string>;
  /** How often it came in a row, and when last. */
  count: number;
  lastAt: string;
}

export interface LogFilter {
  level: string;
  text: string;
}

export const kMostLines = 5_000;

/** As the server does it: level, and text among what is said and `field=value`, without case. `levels` rise. */
export function fits(line: Line, { level, text }: LogFilter, levels: readonly string[]): boolean {
  if (levels.indexOf(line.level) < levels.indexOf(level)) return false;
  const wanted = text.toLowerCase();
  if (!wanted) return true;
  return [line.text, line.component, ...Object.entries(line.fields).map(([key, value]) => `${key}=${value}`)].some((part) => part.toLowerCase().includes(wanted));
}

/** A line that came again (its count has grown) takes its place; new ones go to the end; the oldest go when there are too many. */
export function merge(lines: Line[], arrived: Line[], most = kMostLines): Line[] {
  if (arrived.length === 0) return lines;
  const newest = lines.at(-1)?.id ?? -1;
  const isNext = arrived.every((line, index) => line.id > (index > 0 ? arrived[index - 1]!.id : newest));
  let all: Line[];
  if (isNext) all = [...lines, ...arrived];
  else {
    const known = new Map(lines.map((line) => [line.id, line]));
    for (const line of arrived) if ((known.get(line.id)?.count ?? 0) <= line.count) known.set(line.id, line);
    all = [...known.values()].sort((a, b) => a.id - b.id);
  }
  return all.length > most ? all.slice(-most) : all;
}

/** Neighbours that say the same, of one step and level, are one that counts. */
export function fold(lines: Line[]): Line[] {
  const rows: Line[] = [];
  for (const line of lines) {
    const last = rows.at(-1);
    if (last && isSame(last, line)) rows[rows.length - 1] = { ...last, count: last.count + line.count, lastAt: line.lastAt };
    else rows.push(line);
  }
  return rows;
}

function isSame(a: Line, b: Line): boolean {
  if (a.text !== b.text || a.level !== b.level || a.step !== b.step || a.run !== b.run || a.component !== b.component) return false;
  const [mine, other] = [Object.entries(a.fields), Object.entries(b.fields)];
  return mine.length === other.length && mine.every(([key, value]) => b.fields[key] === value);
}

export const fieldsText = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}=${/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`)
    .join(' ');

// eslint-disable-next-line no-control-regex
const kSteering = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** What a terminal would have shown one after the other: a line that was written over has more than one state. */
const states = (text: string): string[] =>
  text
    .replace(kSteering, '')
    .split('\r')
    // eslint-disable-next-line no-control-regex
    .map((state) => state.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ''))
    .filter((state) => state.trim() !== '');

/** For one row: without colours of a terminal, and of a line that was written over (a progress) its last state. */
export const shownText = (text: string): string => states(text).at(-1) ?? '';

/** All that was written, each state on a line. */
export const wholeText = (text: string): string => states(text).join('\n');

/** One line of a file: control characters as escapes, so that it stays one line. */
export function lineText(line: Line): string {
  const count = line.count > 1 ? ` (${line.count} times)` : '';
  const text = [line.at, line.level, line.component, line.text, fieldsText(line.fields)].filter(Boolean).join(' ') + count;
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
