import { expect, it } from 'vitest';
import { aRun } from './a_run';
import { applied, isOlder, passes } from './run_list_rules';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 28, 3, minute)).toISOString();
const run = (minute: number, other = {}) => aRun({ id: `run_${minute}`, created_at: at(minute), ...other });
const ids = (list: { id: string }[]) => list.map((one) => one.id);

it('filters as the server does', () => {
  const failed = run(1, { state: 'failed', is_live: false, plan: 'host-check', host_id: 'host_1' });
  expect(passes(failed, {})).toBe(true);
  expect(passes(failed, { state: 'failed,interrupted', plan: 'host-check', host_id: 'host_1' })).toBe(true);
  expect(passes(failed, { state: 'live' })).toBe(false);
  expect(passes(run(1), { state: 'live' })).toBe(true);
  expect(passes(failed, { environment: 'other' })).toBe(false);
  expect(passes(failed, { from: at(2) })).toBe(false);
  expect(passes(failed, { from: at(1), to: at(2) })).toBe(true);
});

it('puts new runs on top, changes known ones in place, drops what fits no longer', () => {
  const list = [run(3), run(2), run(1)];
  expect(ids(applied(list, [run(5), run(4)], {}, false))).toEqual(['run_5', 'run_4', 'run_3', 'run_2', 'run_1']);
  const ended = applied(list, [run(2, { state: 'failed', is_live: false })], {}, false);
  expect(ended.map((one) => one.state)).toEqual(['running', 'failed', 'running']);
  expect(ids(applied(list, [run(2, { state: 'failed', is_live: false })], { state: 'live' }, false))).toEqual(['run_3', 'run_1']);
  expect(applied(list, [], {}, false)).toBe(list);
});

it('leaves what belongs to a later page to that page', () => {
  expect(ids(applied([run(3), run(2)], [run(1)], {}, true))).toEqual(['run_3', 'run_2']);
  expect(ids(applied([run(3), run(2)], [run(1)], {}, false))).toEqual(['run_3', 'run_2', 'run_1']);
  expect(ids(applied([], [run(1)], {}, true))).toEqual(['run_1']);
});

it('lets no late message begin what has ended', () => {
  const ended = run(1, { state: 'completed', is_live: false });
  expect(isOlder(run(1), ended)).toBe(true);
  expect(isOlder(ended, run(1))).toBe(false);
  expect(applied([ended], [run(1)], {}, false)[0]!.state).toBe('completed');
});
