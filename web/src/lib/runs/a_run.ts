// A run and a step for tests.
import type { Run, Step } from '../api/run_types';

export const aStep = (other: Partial<Step> = {}): Step => ({
  index: 1, name: 'one', title: 'One', state: 'pending', message: '', has_warning: false, started_at: null, ended_at: null,
  elapsed_ms: null, deadline_s: null, fraction: null, counters: {}, ...other,
});

export const aRun = (other: Partial<Run> = {}): Run => ({
  id: 'run_1', environment_id: 'environment_1', plan: 'server-upkeep', title: 'Upkeep of the server',
  target: { kind: 'server', id: 'server', name: 'server' }, host_id: null, state: 'running', is_live: true, dry_run: false,
  actor: { kind: 'person', id: 'person_1', name: 'ada' }, schedule_id: null, nominal_at: null, rerun_of: null,
  created_at: '2026-11-28T03:00:00.000Z', started_at: '2026-11-28T03:00:00.000Z', ended_at: null, duration_ms: null,
  cancel_requested_at: null, cancelled_by: null, message: '', exit_code: null, expected: null,
  progress: { done: 0, total: 2, current_index: 1, current_title: 'One', fraction: null },
  step_counts: { completed: 0, failed: 0, skipped: 0, cancelled: 0, pending: 1, running: 1 }, counters: {}, steps: null, ...other,
});
