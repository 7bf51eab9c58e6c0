import { expect, it } from 'vitest';
import { ApiError } from '../../lib/api/client';
import type { Plan } from '../../lib/api/run_types';
import { asProblem } from './preview.svelte';
import { ScheduleDraft } from './schedule_draft.svelte';

const plan: Plan = { name: 'command', title: 'A command', target_kind: 'host', is_on_host: true, tasks: [], parameters: ['name'], permission: 'operate' };

function complete(): ScheduleDraft {
  const draft = new ScheduleDraft();
  Object.assign(draft, { name: ' nightly ', plan: 'command', targetId: 'host_1', timing: ' @daily ', timeZone: 'UTC', jitter: '5m', parameters: { name: ' backup ', other: 'x' } });
  return draft;
}

it('makes a body of what was typed, with only the parameters of its plan', () => {
  expect(complete().change(plan)).not.toHaveProperty('plan');
  expect(complete().body(plan)).not.toHaveProperty('catch_up_ms');
  expect(complete().body(plan)).toMatchObject({ name: 'nightly', target_kind: 'host', target_id: 'host_1', timing: '@daily', jitter_ms: 300_000, parameters: { name: 'backup' }, retry: { backoff_ms: 60_000, attempts: 20 } });
});

it('says beside each field what is wrong, and makes nothing', () => {
  const draft = new ScheduleDraft();
  expect(draft.problems).toEqual({});
  expect(draft.body(plan)).toBeNull();
  expect(Object.keys(draft.problems).sort()).toEqual(['name', 'plan', 'target']);
  const other = complete();
  other.jitter = 'soon';
  other.attempts = '0';
  expect(other.body(plan)).toBeNull();
  expect(other.problems['jitter_ms']).toMatch(/90s/);
  expect(other.problems['attempts']).toMatch(/1 to 1,000/);
  other.misfire = 'run_all';
  other.misfireLimit = '1001';
  expect(other.problems['misfire_limit']).toMatch(/1,000/);
});

it('puts what the server refuses beside its field, and keeps what was typed', () => {
  const draft = complete();
  draft.refuse(new ApiError(422, 'unprocessable', 'wrong', [{ pointer: '/body/retry/backoff_ms', detail: 'too long' }, { pointer: '/body/target_id', detail: 'no such host' }]));
  expect(draft.problems).toEqual({ backoff: 'too long', target: 'no such host' });
  expect(draft.problem).toBe('');
  draft.refuse(new ApiError(409, 'conflict', 'Somebody else changed it.'));
  expect(draft.problem).toBe('Somebody else changed it.');
  expect(draft.timing).toBe(' @daily ');
});

it('finds the place that a timing is wrong at', () => {
  const error = new ApiError(422, 'unprocessable', 'wrong', [{ pointer: '/body/timing', detail: '99 is no hour', column: 3, hint: '0 to 23' }]);
  expect(asProblem(error)).toEqual({ field: 'timing', text: '99 is no hour', column: 3, hint: '0 to 23' });
  expect(asProblem(new ApiError(0, 'unreachable', 'gone'))).toBeNull();
  expect(asProblem(new Error('x'))).toBeNull();
});
