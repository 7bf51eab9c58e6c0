// How a day is laid out: events in quarters of an hour, conditions as bars in lanes. Pure.
import type { Run } from '../../lib/api/run_types';
import type { Condition, Event } from '../../lib/api/types';
import { isBad } from '../../lib/runs/run_rules';

const kQuarterMs = 900_000;

export interface Quarter {
  from: number;
  to: number;
  errors: number;
  warnings: number;
  others: number;
}

/** A run among what happened: when it began, and how it went. */
export const asHappening = (run: Run): Pick<Event, 'at' | 'severity'> => ({
  at: run.started_at ?? run.created_at,
  severity: run.state === 'interrupted' || run.state === 'completed_with_warnings' ? 'warning' : isBad(run) ? 'error' : 'info',
});

export function quarters(events: Pick<Event, 'at' | 'severity'>[], from: number, to: number): Quarter[] {
  const out: Quarter[] = [];
  for (let at = from; at < to; at += kQuarterMs) out.push({ from: at, to: at + kQuarterMs, errors: 0, warnings: 0, others: 0 });
  for (const event of events) {
    const one = out[Math.floor((Date.parse(event.at) - from) / kQuarterMs)];
    if (!one) continue;
    if (event.severity === 'error') one.errors += 1;
    else if (event.severity === 'warning') one.warnings += 1;
    else one.others += 1;
  }
  return out;
}

/** How high a column of so many events is, of 1: the first is seen, a storm does not flatten the rest. */
export const height = (events: number) => (events === 0 ? 0 : Math.min(1, 0.2 + 0.8 * (Math.log2(events) / 8)));

export interface Bar {
  id: string;
  severity: Condition['severity'];
  /** In percent of the window. */
  left: number;
  width: number;
  from: number;
  to: number | null;
}

export interface Lane {
  key: string;
  source: Condition['source'];
  title: string;
  bars: Bar[];
}

/** A lane for each thing that was ever wrong, the ones that still are on top, then the newest. */
export function lanes(conditions: Condition[], from: number, to: number, now: number): Lane[] {
  const found = new Map<string, Lane & { last: number }>();
  for (const one of conditions) {
    const opened = Date.parse(one.opened_at);
    const closed = one.closed_at ? Date.parse(one.closed_at) : null;
    const begin = Math.max(opened, from);
    const end = Math.min(closed ?? now, to);
    if (end < from || begin > to) continue;
    const key = `${one.source.id} ${one.kind} ${one.target}`;
    const lane: Lane & { last: number } = found.get(key) ?? { key, source: one.source, title: one.title, bars: [], last: 0 };
    found.set(key, lane);
    lane.last = Math.max(lane.last, closed ?? Infinity);
    lane.bars.push({
      id: one.id, severity: one.severity, from: opened, to: closed,
      left: ((begin - from) / (to - from)) * 100, width: (Math.max(0, end - begin) / (to - from)) * 100,
    });
  }
  return [...found.values()].sort((a, b) => b.last - a.last || Math.max(...b.bars.map((bar) => bar.from)) - Math.max(...a.bars.map((bar) => bar.from)));
}

/** Whole hours that are marked on the axis, in local time. */
export function ticks(from: number, to: number, everyHours: number): number[] {
  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  const out: number[] = [];
  for (let at = first.getTime(); at <= to; at += 3_600_000) if (at >= from && new Date(at).getHours() % everyHours === 0) out.push(at);
  return out;
}
