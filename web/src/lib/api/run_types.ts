// The values of runs and schedules under short names. What they are stands in schema.ts, which comes from the server's own document.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Run = Schemas['Run'];
export type RunState = Run['state'];
export type Step = Schemas['RunStep'];
export type StepState = Step['state'];
export type RunLogPage = Schemas['RunLogPage'];
export type RunLogLine = Schemas['RunLogLine'];
export type RunLogLevel = RunLogLine['level'];
export type Plan = Schemas['Plan'];

export interface RunFilter {
  environment?: string;
  host_id?: string;
  target_kind?: string;
  target_id?: string;
  plan?: string;
  state?: string;
  schedule_id?: string;
  from?: string;
  to?: string;
}

// Until they stand in the server's document.
export type Misfire = 'skip' | 'run_once' | 'run_all';
export type Overlap = 'skip' | 'queue_one' | 'cancel_running';
export type Outcome = 'ran' | 'late' | 'skipped' | 'blocked' | 'missed' | 'superseded';

export interface ScheduleBody {
  name: string;
  plan: string;
  target_kind: string;
  target_id: string;
  parameters: Record<string, unknown>;
  timing: string;
  time_zone: string;
  jitter_ms: number;
  misfire: Misfire;
  misfire_limit: number;
  catch_up_ms: number;
  overlap: Overlap;
  is_enabled: boolean;
  retry: { backoff_ms: number; attempts: number };
}

export interface Schedule extends Omit<ScheduleBody, 'target_kind' | 'target_id'> {
  id: string;
  environment_id: string;
  target: Schemas['RunTarget'];
  host_id: string | null;
  next_at: string | null;
  last: { nominal_at: string; outcome: Outcome; run_id: string | null } | null;
  sentence: string;
  created_at: string;
  changed_at: string;
}

export interface FireTime {
  at: string;
  local: string;
  note: '' | 'gap' | 'repeated';
}

export interface Preview {
  sentence: string;
  times: FireTime[];
  never_fires?: boolean;
}

export interface LedgerEntry {
  schedule_id: string;
  schedule_name: string;
  nominal_at: string;
  decided_at: string;
  outcome: Outcome;
  reason: string;
  run_id: string | null;
  count: number;
}

export interface PendingRun {
  schedule_id: string;
  schedule_name: string;
  host_id: string;
  plan: string;
  nominal_at: string;
  attempt: number;
  next_attempt_at: string;
  last_error: string;
}

export interface MaintenanceStatus {
  running: boolean;
  run: Run | null;
  current_step: string | null;
  steps: Step[];
  last_run: Run | null;
  next_run_at: string | null;
  is_enabled: boolean;
  interval_ms: number;
  totals: { runs: number; failed: number; duration_ms: number; counters: Record<string, number> };
}

