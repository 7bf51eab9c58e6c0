// What the editor of a schedule offers and reads, and what became of due times. Pure.
import type { Misfire, Outcome, Overlap } from '../../lib/api/run_types';
import type { Shape } from '../../lib/ui/shapes';

export const kExamples: { timing: string; says: string }[] = [
  { timing: '@daily', says: 'every day at 00:00' },
  { timing: '30 2 * * *', says: 'every day at 02:30' },
  { timing: '0 4 * * sun', says: 'Sundays at 04:00' },
  { timing: '0 3 1 * *', says: 'the first of the month' },
  { timing: 'every 15m', says: 'every 15 minutes' },
];

export const kMisfires: { value: Misfire; title: string; means: string }[] = [
  { value: 'run_once', title: 'run once', means: 'However many times were missed, it runs once, for the last of them.' },
  { value: 'skip', title: 'skip', means: 'What was missed is written down and not made up for.' },
  { value: 'run_all', title: 'run all', means: 'Each missed time runs, one after the other, the last ones up to the number beside.' },
];

export const kOverlaps: { value: Overlap; title: string; means: string }[] = [
  { value: 'skip', title: 'skip the new one', means: 'The run that is going on goes on; this time is written down as skipped.' },
  { value: 'queue_one', title: 'queue one', means: 'It runs when the other has ended; more than one do not wait.' },
  { value: 'cancel_running', title: 'cancel the old one', means: 'The run that is going on is cancelled, and this one begins.' },
];

const kOutcomes: Record<Outcome, { shape: Shape; word: string }> = {
  ran: { shape: 'ok', word: 'ran' },
  late: { shape: 'late', word: 'ran late' },
  skipped: { shape: 'skipped', word: 'skipped' },
  blocked: { shape: 'late', word: 'blocked' },
  missed: { shape: 'failed', word: 'missed' },
  superseded: { shape: 'skipped', word: 'superseded' },
};
export const kOutcomeNames = Object.keys(kOutcomes) as Outcome[];
/** What is blocked may still wait: for its host, or for the run before it. */
export const outcomeWord = (outcome: Outcome, isWaiting = false): { shape: Shape; word: string } =>
  outcome === 'blocked' && isWaiting ? { shape: 'late', word: 'waiting' } : (kOutcomes[outcome] ?? { shape: 'unknown', word: String(outcome) });

const kUnits: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1h 30m`, `0`; null when it is no span. A bare number other than 0 lacks its unit. */
export function readSpan(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '0') return 0;
  if (!/^(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$/.test(trimmed)) return null;
  let sum = 0;
  for (const [, size, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) sum += Number(size) * kUnits[unit!]!;
  return Math.round(sum);
}

/** The same the other way round: `1h 30m`. */
export function spanInput(ms: number): string {
  if (ms === 0) return '0';
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of Object.entries(kUnits).reverse()) {
    const whole = Math.floor(left / size);
    if (whole > 0) parts.push(`${whole}${unit}`);
    left -= whole * size;
  }
  return parts.join(' ');
}

export function readWhole(text: string, least: number, most: number): number | null {
  const value = Number(text.trim());
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : null;
}

/** The text up to a column (from 1), for a mark below the place that is wrong. */
export const upTo = (text: string, column: number) => text.slice(0, Math.max(0, Math.min(text.length, column - 1)));

export const noteText: Record<string, string> = {
  '': '',
  gap: 'clocks go forward: this time does not exist, it runs right after the gap',
  repeated: 'clocks go back: this time comes twice, it runs the first time',
};

/** What a change of the clocks does to one of these times: a time that comes twice runs both times where both are among them. */
export function noteOf(one: { local: string; note: string }, times: { local: string; note: string }[]): string {
  if (one.note !== 'repeated') return noteText[one.note] ?? one.note;
  const wall = (local: string) => local.replace(/ \S*$/, '');
  const repeated = times.filter((other) => other.note === 'repeated').map((other) => wall(other.local));
  return new Set(repeated).size < repeated.length ? 'clocks go back: this time comes twice, and it runs both times' : noteText['repeated']!;
}

/** `2027-03-28 03:00 CEST` as day, time and the clock that it is by, as it is there. */
export function localParts(local: string): { day: string; time: string; clock: string } {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d(?::\d\d)?) ?(\S*)$/.exec(local);
  if (!found) return { day: local, time: '', clock: '' };
  const [, year, month, day, time, clock] = found;
  // The date as it is there; counted in UTC, so that this browser's zone does not move it.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return {
    day: new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(date),
    time: time!,
    clock: clock!,
  };
}

/** A moment in another zone, as `Sun 28 Mar, 03:00`. An unknown zone gives the moment in UTC. */
export function inZone(at: string, zone: string): string {
  const style: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  try {
    return new Intl.DateTimeFormat(undefined, { ...style, timeZone: zone }).format(Date.parse(at));
  } catch {
    return new Intl.DateTimeFormat(undefined, { ...style, timeZone: 'UTC' }).format(Date.parse(at));
  }
}

export const hereZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
export const knownZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** The zone that a line itself names counts before that of the schedule. */
export function zoneOf(schedule: { timing: string; time_zone: string }): string {
  return /^\s*(?:CRON_)?TZ=(\S+)/.exec(schedule.timing)?.[1] ?? schedule.time_zone;
}
