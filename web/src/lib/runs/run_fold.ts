// A run out of an answer and of what the stream says on top of it: the run without its steps, and steps one by one. Pure.
import type { Run, RunUpdate, Step } from '../api/run_types';
import { isOlder } from './run_list_rules';

const rank = (step: Step) => (step.state === 'pending' ? 0 : step.state === 'running' ? 1 : 2);

/** A message that was overtaken by an answer: what is over does not run again, what runs does not go back. */
function isStepOlder(message: Step, known: Step): boolean {
  if (rank(message) !== rank(known)) return rank(message) < rank(known);
  return rank(known) === 1 && (message.elapsed_ms ?? 0) < (known.elapsed_ms ?? 0);
}

export function folded(known: Run, { run, step }: RunUpdate): Run {
  const steps = step ? (known.steps ?? []).map((one) => (one.index === step.index && !isStepOlder(step, one) ? step : one)) : known.steps;
  return { ...(isOlder(run, known) ? known : run), steps };
}

/** The steps of another run of the same plan, before anything is known of them. */
export const pendingSteps = (steps: Step[]): Step[] =>
  steps.map(({ index, name, title }) => ({
    index, name, title, state: 'pending', message: '', has_warning: false, started_at: null, ended_at: null, elapsed_ms: null, deadline_s: null, fraction: null, counters: {},
  }));
