// What runs and steps are called, how far they are, what they did. Pure.
import type { Run, RunState, Step, StepState } from '../api/run_types';
import { shortTime } from '../format/age';
import { bytes, count, duration, kDash } from '../format/number';
import type { Shape } from '../ui/shapes';

interface Word {
  shape: Shape;
  word: string;
}

const kRunWords: Record<RunState, Word> = {
  queued: { shape: 'offline', word: 'queued' },
  dispatched: { shape: 'running', word: 'handed over' },
  running: { shape: 'running', word: 'running' },
  completed: { shape: 'ok', word: 'completed' },
  completed_with_warnings: { shape: 'late', word: 'with warnings' },
  failed: { shape: 'failed', word: 'failed' },
  cancelled: { shape: 'skipped', word: 'cancelled' },
  interrupted: { shape: 'failed', word: 'interrupted' },
  abandoned: { shape: 'failed', word: 'abandoned' },
};

const kStepWords: Record<StepState, Word> = {
  pending: { shape: 'offline', word: 'pending' },
  running: { shape: 'running', word: 'running' },
  completed: { shape: 'ok', word: 'completed' },
  failed: { shape: 'failed', word: 'failed' },
  skipped: { shape: 'skipped', word: 'skipped' },
  cancelled: { shape: 'skipped', word: 'cancelled' },
};

/** A newer server may know states that this page does not: they are shown by their name. */
const named = (state: string): Word => ({ shape: 'unknown', word: state.replaceAll('_', ' ') });

export const runWord = (run: Pick<Run, 'state' | 'cancel_requested_at' | 'is_live'>): Word =>
  run.is_live && run.cancel_requested_at ? { shape: 'running', word: 'cancelling' } : (kRunWords[run.state] ?? named(run.state));

export const stepWord = (step: Pick<Step, 'state' | 'has_warning'>): Word =>
  step.state === 'completed' && step.has_warning ? { shape: 'late', word: 'completed, with a warning' } : (kStepWords[step.state] ?? named(step.state));

export const kBadStates = 'failed,interrupted,abandoned';

/** It did not do what it should, and nobody wanted that. */
export const isBad = (run: Pick<Run, 'state'>) => kBadStates.split(',').includes(run.state);

/** Of 1; null where nobody can know: then the time that has passed says how far it is. */
export function fractionOf(run: Run): number | null {
  if (!run.is_live) return null;
  const { done, total, fraction } = run.progress;
  // One step of unknown length says nothing until it is over, and 0 of 1 is nothing.
  if (total < 2) return fraction ? clamp(fraction) : null;
  return clamp(fraction ?? done / total);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** How long it took, or has taken so far; null while it has not begun. */
export function elapsedMs(what: { started_at: string | null; ended_at: string | null }, now: number): number | null {
  if (!what.started_at) return null;
  return Math.max(0, (what.ended_at ? Date.parse(what.ended_at) : now) - Date.parse(what.started_at));
}

/** With tenths below ten seconds, where a step of 40 ms and one of 4 s are different things. */
export function spanText(ms: number | null): string {
  if (ms === null) return kDash;
  if (ms < 1) return '<1\u202fms';
  if (ms < 1_000) return `${Math.round(ms)}\u202fms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)}\u202fs` : duration(ms / 1_000);
}

/** What whoever carries it out allows it, while it runs: `of at most 10 s`, and once that is over so. Empty: nobody said. */
export function deadlineText(step: Pick<Step, 'state' | 'started_at' | 'ended_at' | 'deadline_s'>, now: number): string {
  if (step.state !== 'running' || !step.deadline_s) return '';
  const span = duration(step.deadline_s);
  return (elapsedMs(step, now) ?? 0) > step.deadline_s * 1_000 ? `its deadline of ${span} is over, it is being ended` : `of at most ${span}`;
}

/** Of many steps one is worth it when half of its time has passed. */
export const isNearDeadline = (step: Pick<Step, 'started_at' | 'ended_at' | 'deadline_s'>, now: number) =>
  Boolean(step.deadline_s) && (elapsedMs(step, now) ?? 0) > step.deadline_s! * 500;

/** `5 of 14 steps`, once all are over `14 steps, 1 failed`; of a single step there is nothing to count. */
export function stepsText(run: Run): string {
  const { done, total } = run.progress;
  const { failed, skipped, cancelled } = run.step_counts;
  if (total < 2) return '';
  const parts = [done === total && !run.is_live ? `${total} steps` : `${done} of ${total} steps`];
  for (const [number, word] of [[failed, 'failed'], [skipped, 'skipped'], [cancelled, 'cancelled']] as const) if (number > 0) parts.push(`${number} ${word}`);
  return parts.join(', ');
}

/** From here on milliseconds are a moment, not a span: the year 1973, or 3 years. */
const kMomentMs = 100_000_000_000;

/** A counter as people read it; the name says the unit, and `oldest_left_ms` is a moment. */
export function counterText(name: string, value: number): string {
  const words = name.replace(/_(ms|s)$/, '').replaceAll('_', ' ');
  if (name.endsWith('_ms')) return value > kMomentMs ? `${words} of ${shortTime(value)}` : `${words} ${spanText(value)}`;
  if (name === 'bytes' || name.endsWith('_bytes')) return name === 'bytes' ? bytes(value, 'trimmed') : `${words.replace(/ bytes$/, '')} ${bytes(value, 'trimmed')}`;
  return `${count(value, 'trimmed')} ${words}`;
}

/** What was done, in numbers; what is nothing is left out, unless all is. */
export function countersText(counters: Record<string, number>): string {
  return Object.entries(counters)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => counterText(name, value))
    .join(', ');
}

/** Of a whole run: what its steps looked at, rows here and bytes there, makes no sum. */
export const sumsText = (run: Pick<Run, 'counters' | 'progress'>): string =>
  run.progress.total < 2 ? countersText(run.counters) : countersText(Object.fromEntries(Object.entries(run.counters).filter(([name]) => !/^(seen|eligible|(oldest|newest)_.*)$/.test(name))));

/** What a command that began on its host is called beside its own name: `web-1`, of `web-1 / nightly`. */
export const targetText = ({ target }: Pick<Run, 'target'>): string => (target.kind === 'command' ? (target.name.split(' / ')[0] ?? target.name) : target.name);

/** Why it cannot be cancelled; empty when it can. */
export function whyNotCancel(run: Run, mayAct: boolean): string {
  if (!run.is_live) return 'It has ended';
  if (!mayAct) return 'You may look at this run, but not cancel it';
  if (run.target.kind === 'command') return 'This command was begun on its host, and ends there';
  return run.cancel_requested_at ? 'It is being cancelled' : '';
}

/** Why it cannot be started once more; empty when it can. */
export function whyNotAgain(run: Run, mayAct: boolean): string {
  if (run.is_live) return 'It is still running';
  if (run.target.kind === 'command') return 'This command is begun on its host alone';
  return mayAct ? '' : 'You may look at this run, but not start it';
}

export function whyNotFailedOnly(run: Run, mayAct: boolean): string {
  const why = whyNotAgain(run, mayAct);
  if (why) return why;
  const { failed, cancelled, pending, running } = run.step_counts;
  return failed + cancelled + pending + running > 0 ? '' : 'No step failed';
}

/** Where its target has a page of its own. */
export function targetHref(run: Pick<Run, 'target' | 'host_id'>): string | null {
  if (run.host_id) return `/hosts/${run.host_id}`;
  return run.target.kind === 'host' ? `/hosts/${run.target.id}` : null;
}

export function actorText(run: Pick<Run, 'actor' | 'schedule_id'>): string {
  if (run.schedule_id) return run.actor.name ? `schedule ${run.actor.name}` : 'a schedule';
  // A token of a person is named after both: `anna (token root)`.
  if (run.actor.kind === 'person' || run.actor.name.includes('(token ')) return run.actor.name;
  if (run.actor.kind === 'server' || run.actor.kind === 'system') return 'the server';
  // Who began a command on its host: `uid 0 (root)`.
  if (run.actor.kind === 'host') return /\((.+)\)$/.exec(run.actor.name)?.[1] ?? run.actor.name;
  return `${run.actor.kind} ${run.actor.name}`.trim();
}
