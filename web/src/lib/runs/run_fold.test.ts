import { expect, it } from 'vitest';
import type { Run, Step } from '../api/run_types';
import { aRun, aStep } from './a_run';
import { folded, pendingSteps } from './run_fold';

const step = (index: number, more: Partial<Step> = {}) => aStep({ index, name: `step_${index}`, title: `Step ${index}`, ...more });
const progress = (done: number) => ({ done, total: 3, current_index: null, current_title: null, fraction: null });
const known = aRun({ id: 'run_1', progress: progress(1), steps: [step(1, { state: 'completed' }), step(2, { state: 'running', elapsed_ms: 500 }), step(3)] });
const update = (more: Partial<Run>, one: Step | null) => ({ environment_id: known.environment_id, run: aRun({ id: 'run_1', progress: progress(1), ...more, steps: null }), step: one });
const states = (run: Run) => run.steps?.map((one) => one.state);

it('puts a step where it belongs and leaves the others', () => {
  const next = folded(known, update({ progress: progress(2) }, step(2, { state: 'failed', message: 'no' })));
  expect(states(next)).toEqual(['completed', 'failed', 'pending']);
  expect(next.progress.done).toBe(2);
  expect(folded(known, update({ message: 'so' }, null)).steps).toBe(known.steps);
});

it('lets no late message take a step back', () => {
  expect(states(folded(known, update({}, step(1, { state: 'running' }))))).toEqual(['completed', 'running', 'pending']);
  expect(folded(known, update({}, step(2, { state: 'running', elapsed_ms: 400 }))).steps![1]!.elapsed_ms).toBe(500);
  expect(folded(known, update({}, step(2, { state: 'running', elapsed_ms: 600 }))).steps![1]!.elapsed_ms).toBe(600);
  const ended = { ...known, state: 'completed' as const, is_live: false };
  expect(folded(ended, update({}, step(3, { state: 'skipped' })))).toMatchObject({ state: 'completed', is_live: false });
});

it('knows no steps before the answer, and the names of those to come', () => {
  expect(folded({ ...known, steps: null }, update({}, step(1))).steps).toEqual([]);
  expect(pendingSteps(known.steps!)).toEqual([step(1), step(2), step(3)]);
});
