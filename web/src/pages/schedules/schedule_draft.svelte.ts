// A schedule as it is being typed: texts of the fields, what is wrong with them, and the body that they make.
import { ApiError, sentence } from '../../lib/api/client';
import type { Misfire, NewSchedule, Overlap, Plan, Schedule, ScheduleChange } from '../../lib/api/run_types';
import { hereZone, readSpan, readWhole, spanInput } from './schedule_rules';

const kMostJitterMs = 86_400_000;

export class ScheduleDraft {
  name = $state('');
  plan = $state('');
  targetId = $state('');
  timing = $state('30 2 * * *');
  timeZone = $state(hereZone());
  jitter = $state('0');
  misfire = $state<Misfire>('run_once');
  misfireLimit = $state('10');
  /** Empty: as long as the time between two due times, which the server knows. */
  catchUp = $state('');
  overlap = $state<Overlap>('skip');
  backoff = $state('1m');
  attempts = $state('20');
  isEnabled = $state(true);
  parameters = $state<Record<string, string>>({});
  /** What the server refused, by field. */
  refused = $state.raw<Record<string, string>>({});
  problem = $state('');
  /** Fields that are empty are no fault before someone has tried. */
  tried = $state(false);

  read = $derived({
    jitter: readSpan(this.jitter),
    misfireLimit: readWhole(this.misfireLimit, 1, 1_000),
    catchUp: readSpan(this.catchUp),
    backoff: readSpan(this.backoff),
    attempts: readWhole(this.attempts, 1, 1_000),
  });

  problems = $derived.by(() => {
    const found: Record<string, string> = {};
    const span = 'A span with its unit, as 90s, 15m or 1h 30m.';
    if (this.tried && this.name.trim() === '') found['name'] = 'It needs a name, as “nightly check”.';
    if (this.tried && this.plan === '') found['plan'] = 'Choose what is to run.';
    if (this.tried && this.targetId === '') found['target'] = 'Choose where it is to run.';
    if (this.read.jitter === null || this.read.jitter > kMostJitterMs) found['jitter_ms'] = this.read.jitter === null ? span : 'At most a day.';
    if (this.misfire === 'run_all' && this.read.misfireLimit === null) found['misfire_limit'] = 'A number from 1 to 1,000.';
    if (this.read.catchUp === null) found['catch_up_ms'] = span;
    if (this.read.backoff === null) found['backoff'] = span;
    if (this.read.attempts === null) found['attempts'] = 'A number from 1 to 1,000.';
    return { ...this.refused, ...found };
  });

  static of(schedule: Schedule): ScheduleDraft {
    const draft = new ScheduleDraft();
    draft.name = schedule.name;
    draft.plan = schedule.plan;
    draft.targetId = schedule.target.id;
    draft.timing = schedule.timing;
    draft.timeZone = schedule.time_zone;
    draft.jitter = spanInput(schedule.jitter_ms);
    draft.misfire = schedule.misfire;
    draft.misfireLimit = String(schedule.misfire_limit);
    draft.catchUp = spanInput(schedule.catch_up_ms);
    draft.overlap = schedule.overlap;
    draft.backoff = spanInput(schedule.retry.backoff_ms);
    draft.attempts = String(schedule.retry.attempts);
    draft.isEnabled = schedule.is_enabled;
    draft.parameters = Object.fromEntries(Object.entries(schedule.parameters ?? {}).map(([name, value]) => [name, String(value)]));
    return draft;
  }

  /** What can be changed later; null while something is wrong. */
  change(plan: Plan | undefined): ScheduleChange | null {
    this.tried = true;
    this.refused = {};
    const { jitter, misfireLimit, catchUp, backoff, attempts } = this.read;
    if (!plan || Object.keys(this.problems).length > 0 || jitter === null || catchUp === null || backoff === null || attempts === null) return null;
    return {
      name: this.name.trim(),
      parameters: Object.fromEntries(plan.parameters.flatMap((name) => (this.parameters[name]?.trim() ? [[name, this.parameters[name]!.trim()]] : []))),
      timing: this.timing.trim(), time_zone: this.timeZone.trim(), jitter_ms: jitter, misfire: this.misfire, misfire_limit: misfireLimit ?? 1,
      ...(this.catchUp.trim() === '' ? {} : { catch_up_ms: catchUp }), overlap: this.overlap, is_enabled: this.isEnabled, retry: { backoff_ms: backoff, attempts },
    };
  }

  /** All of it, with what is to run and where; null while something is wrong. */
  body(plan: Plan | undefined): NewSchedule | null {
    const change = this.change(plan);
    if (!change || !plan) return null;
    return { ...change, name: this.name.trim(), timing: this.timing.trim(), plan: this.plan, target_kind: plan.target_kind, target_id: this.targetId };
  }

  /** What was typed stays; each sentence goes beside its field. */
  refuse(error: unknown): void {
    const fields = error instanceof ApiError ? error.fields : [];
    this.refused = Object.fromEntries(fields.map((one) => [asField(one.pointer), one.detail]));
    this.problem = fields.length === 0 ? sentence(error) : '';
  }
}

function asField(pointer: string): string {
  const name = pointer.replace('/body/', '');
  if (name.startsWith('target')) return 'target';
  return name.startsWith('retry/') ? name.replace('retry/', '').replace('_ms', '') : name;
}
