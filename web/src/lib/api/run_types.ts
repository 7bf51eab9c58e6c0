// The values of runs and schedules under short names. What they are stands in schema.ts, which comes from the server's own document.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Run = Schemas['Run'];
export type RunState = Run['state'];
export type Step = Schemas['RunStep'];
export type StepState = Step['state'];
export type RunUpdate = Schemas['StreamRunUpdate'];
export type RunLogPage = Schemas['RunLogPage'];
export type RunLogLine = Schemas['RunLogLine'];
export type ExpectedCommand = Schemas['ExpectedCommand'];
export type Plan = Schemas['Plan'];
export type Schedule = Schemas['Schedule'];
export type NewSchedule = Schemas['NewScheduleInput'];
export type ScheduleChange = Schemas['ScheduleEditInput'];
export type Misfire = Schedule['misfire'];
export type Overlap = Schedule['overlap'];
export type Preview = Schemas['Preview'];
export type FireTime = Schemas['PreviewTime'];
export type LedgerEntry = Schemas['LedgerRow'];
export type Outcome = LedgerEntry['outcome'];
export type PendingRun = Schemas['PendingRun'];
export type MaintenanceStatus = Schemas['MaintenanceStatus'];
export type MaintenanceLogs = Schemas['MaintenanceLogs'];

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

