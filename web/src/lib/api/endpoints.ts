// Every call the page makes, one line each.
import { base } from '../router/base';
import { request } from './client';
import type * as r from './run_types';
import type * as t from './types';

function query(values: Record<string, string | number | null | undefined>): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') parts.set(key, String(value));
  }
  const text = parts.toString();
  return text ? `?${text}` : '';
}

export interface EventQuestion {
  severity?: string;
  type?: string;
  source?: string;
  host_id?: string;
  text?: string;
  from?: string;
  to?: string;
  environment?: string;
}

export interface ThresholdBody {
  warning?: number;
  error?: number;
  hold_seconds?: number;
  is_watched?: boolean;
}

/** All pages of a list, bounded: 20 pages of 500. */
async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 20; page++) {
    const answer: t.List<T> = await request('GET', path + query({ limit: 500, cursor }));
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return items;
}

/** One's own, or those of a person. */
const sessionsPath = (person?: string) => (person ? `/people/${person}/sessions` : '/account/sessions');

export const api = {
  setupNeeded: () => request<{ needed: boolean }>('GET', '/setup'),
  setUp: (body: { token: string; name: string; password: string }) =>
    request<t.SessionInfo>('POST', '/setup', { body, expectUnauthorized: true }),
  session: () => request<t.SessionInfo>('GET', '/session', { expectUnauthorized: true }),
  signIn: (body: { name: string; password: string; code?: string }) =>
    request<t.SessionInfo>('POST', '/session', { body, expectUnauthorized: true }),
  signOut: () => request<void>('DELETE', '/session', { expectUnauthorized: true }),

  lookAtInvitation: (token: string) =>
    request<t.InvitationNote>('POST', '/invitation', { body: { token }, expectUnauthorized: true }),
  acceptInvitation: (body: { token: string; password: string; code?: string }) =>
    request<t.SessionInfo>('POST', '/invitation/acceptance', { body, expectUnauthorized: true }),

  account: () => request<t.Account>('GET', '/account'),
  changePassword: (body: { current_password: string; password: string }) => request<void>('POST', '/account/password', { body }),
  beginTotp: (current_password: string) => request<t.TotpSecret>('POST', '/account/totp', { body: { current_password } }),
  confirmTotp: (code: string) => request<t.RecoveryCodes>('POST', '/account/totp/confirmation', { body: { code } }),
  removeTotp: (body: { current_password: string; code: string }) => request<void>('POST', '/account/totp/removal', { body }),
  renewRecoveryCodes: (body: { current_password: string; code: string }) =>
    request<t.RecoveryCodes>('POST', '/account/recovery-codes', { body }),
  sessions: (person?: string) => request<t.List<t.LoginSession>>('GET', sessionsPath(person)).then((page) => page.items),
  endSession: (id: string, person?: string) => request<void>('DELETE', `${sessionsPath(person)}/${id}`),
  endOtherSessions: (person?: string) => request<void>('DELETE', sessionsPath(person)),

  people: () => all<t.Person>('/people'),
  person: (id: string) => request<t.Person>('GET', `/people/${id}`),
  invite: (body: { name: string; server_administrator: boolean; roles: t.RoleIn[] }) => request<t.Invited>('POST', '/people', { body }),
  changePerson: (id: string, version: number, body: t.PersonChange) =>
    request<t.Person>('PATCH', `/people/${id}`, { body, ifMatch: version }),
  resetPerson: (id: string) => request<t.Invited>('POST', `/people/${id}/invitation`),
  removePersonTotp: (id: string) => request<void>('DELETE', `/people/${id}/totp`),
  removePerson: (id: string) => request<void>('DELETE', `/people/${id}`),

  environments: () => all<t.EnvironmentNote>('/server/environments'),
  makeEnvironment: (name: string) => request<t.EnvironmentNote>('POST', '/environments', { body: { name } }),
  renameEnvironment: (id: string, version: number, name: string) =>
    request<t.EnvironmentNote>('PATCH', `/environments/${id}`, { body: { name }, ifMatch: version }),
  removeEnvironment: (id: string) => request<void>('DELETE', `/environments/${id}`),

  audit: (filter: t.AuditFilter & { limit?: number; cursor?: string | null }) =>
    request<t.List<t.AuditEntry>>('GET', `/audit${query({ ...filter })}`),
  auditExport: (format: 'csv' | 'jsonl', filter: t.AuditFilter) => `${base}/api/v1/audit/export${query({ format, ...filter })}`,
  verifyAudit: () => request<t.AuditVerdict>('GET', '/audit/verification'),

  tokens: () => all<t.Token>('/tokens'),
  allTokens: () => all<t.OwnedToken>('/server/tokens'),
  createToken: (body: { name: string; scopes: t.Scope[]; expires_at?: string; environment_id?: string }) =>
    request<t.NewToken>('POST', '/tokens', { body }),
  revokeToken: (id: string) => request<void>('DELETE', `/tokens/${id}`),

  hosts: () => all<t.Host>('/hosts'),
  host: (id: string) => request<t.Host>('GET', `/hosts/${id}`),
  hostCommands: (id: string) => request<t.HostCommands>('GET', `/hosts/${id}/commands`),
  removeHost: (id: string) => request<void>('DELETE', `/hosts/${id}`),
  /** `revision` is the one that was looked at: a change by somebody else meanwhile is refused, not overwritten. */
  editHost: (id: string, revision: number, body: { name?: string; labels?: Record<string, string> }) =>
    request<t.Host>('PATCH', `/hosts/${id}`, { body, ifMatch: revision }),
  labelHosts: (body: { host_ids: string[]; set: Record<string, string>; remove: string[] }) =>
    request<t.HostLabelsAnswer>('POST', '/host-labels', { body }),
  moveHost: (id: string, revision: number, environmentId: string) =>
    request<t.Host>('POST', `/hosts/${id}/move`, { body: { environment_id: environmentId }, ifMatch: revision }),
  unlockHost: (id: string) => request<t.Host>('POST', `/hosts/${id}/unlock`),
  reEnrolHost: (id: string) => request<t.EnrolmentToken>('POST', `/hosts/${id}/re-enrol`),
  layout: (id: string) => request<t.Layout>('GET', `/hosts/${id}/layout`),
  series: (id: string, range: { from: number; to: number; points: number }, signal?: AbortSignal) =>
    request<t.SeriesAnswer>('GET', `/hosts/${id}/series${query(range)}`, { signal }),
  sparklines: () => request<t.Sparklines>('GET', '/sparklines?points=30'),

  createEnrolmentToken: (body: { environment_id?: string }) => request<t.EnrolmentToken>('POST', '/enrolment-tokens', { body }),
  enrolmentState: (id: string) => request<t.EnrolmentToken>('GET', `/enrolment-tokens/${id}`),

  logs: (filter: { level?: string; query?: string; lines?: number }) => request<t.LogLines>('GET', `/logs${query(filter)}`),

  events: (filter: EventQuestion & { limit?: number; cursor?: string | null }) => request<t.List<t.Event>>('GET', `/events${query({ ...filter })}`),
  /** An address to be followed by the browser itself. */
  eventsExport: (filter: EventQuestion) => `${base}/api/v1/events/export${query({ ...filter })}`,
  eventTypes: () => request<t.List<t.EventType>>('GET', '/event-types'),

  overview: (environment: string) => request<t.Overview>('GET', `/overview${query({ environment })}`),
  conditions: () => all<t.Condition>('/conditions'),
  conditionsBetween: (span: { from: string; to?: string; host_id?: string; environment?: string }) =>
    request<t.List<t.Condition>>('GET', `/conditions${query({ state: 'all', limit: 500, ...span })}`),
  acknowledge: (id: string, body: { note?: string; until?: string }) => request<t.Condition>('PUT', `/conditions/${id}/acknowledgement`, { body }),
  closeCondition: (id: string) => request<t.Condition>('POST', `/conditions/${id}/close`),
  takeBack: (id: string) => request<t.Condition>('DELETE', `/conditions/${id}/acknowledgement`),
  silences: () => request<t.List<t.Silence>>('GET', '/silences'),
  silence: (body: { environment_id: string; host_id?: string; label?: string; kind?: string; reason?: string; until: string }) =>
    request<t.Silence>('POST', '/silences', { body }),
  endSilence: (id: string) => request<void>('DELETE', `/silences/${id}`),
  uptime: (id: string, from?: string) => request<t.UptimeAnswer>('GET', `/hosts/${id}/uptime${query({ from })}`),

  watchKinds: () => request<t.List<t.WatchKind>>('GET', '/watch-kinds'),
  thresholds: () => request<t.List<t.Threshold>>('GET', '/thresholds'),
  hostThresholds: (id: string) => request<t.List<t.EffectiveThreshold>>('GET', `/hosts/${id}/thresholds`),
  makeThreshold: (body: ThresholdBody & { environment_id: string; host_id?: string; label?: string; target?: string; kind: string }) =>
    request<t.Threshold>('POST', '/thresholds', { body }),
  changeThreshold: (id: string, body: ThresholdBody, etag: string) => request<t.Threshold>('PUT', `/thresholds/${id}`, { body, ifMatch: Number(etag.replaceAll('"', '')) }),
  removeThreshold: (id: string) => request<void>('DELETE', `/thresholds/${id}`),

  runs: (filter: r.RunFilter & { limit?: number; cursor?: string | null }) => request<t.List<r.Run>>('GET', `/runs${query({ ...filter })}`),
  run: (id: string) => request<r.Run>('GET', `/runs/${id}`),
  startRun: (body: { plan: string; target_kind: string; target_id: string; parameters?: Record<string, unknown>; dry_run?: boolean }) =>
    request<r.Run>('POST', '/runs', { body }),
  expectedCommands: (host: string) => request<t.List<r.ExpectedCommand>>('GET', `/hosts/${host}/expected-commands`),
  expectNoMore: (host: string, name: string) => request<void>('DELETE', `/hosts/${host}/expected-commands${query({ name })}`),
  cancelRun: (id: string) => request<r.Run>('POST', `/runs/${id}/cancel`),
  rerun: (id: string, body: { failed_only: boolean; dry_run?: boolean }) => request<r.Run>('POST', `/runs/${id}/rerun`, { body }),
  runLog: (id: string, question: { after?: number; limit?: number; level?: string; query?: string }) =>
    request<r.RunLogPage>('GET', `/runs/${id}/log${query(question)}`),
  maintenanceLogs: (limit: number) => request<r.MaintenanceLogs>('GET', `/maintenance/logs${query({ limit })}`),
  runLogFile: (id: string) => `${base}/api/v1/runs/${id}/log.txt`,
  plans: () => request<t.List<r.Plan>>('GET', '/plans').then((page) => page.items),

  schedules: () => all<r.Schedule>('/schedules'),
  schedule: (id: string, onVersion: (version: number) => void) => request<r.Schedule>('GET', `/schedules/${id}`, { onVersion }),
  makeSchedule: (body: r.NewSchedule) => request<r.Schedule>('POST', '/schedules', { body }),
  changeSchedule: (id: string, body: r.ScheduleChange, ifMatch?: number) => request<r.Schedule>('PATCH', `/schedules/${id}`, { body, ifMatch }),
  removeSchedule: (id: string) => request<void>('DELETE', `/schedules/${id}`),
  runSchedule: (id: string) => request<r.Run>('POST', `/schedules/${id}/run`),
  previewSchedule: (body: { timing: string; time_zone: string; jitter_ms?: number; count?: number; schedule_id?: string }, signal?: AbortSignal) =>
    request<r.Preview>('POST', '/schedules/preview', { body, signal }),
  ledger: (filter: { schedule_id?: string; host_id?: string; outcome?: string; from?: string; environment?: string; limit?: number; cursor?: string | null }) =>
    request<t.List<r.LedgerEntry>>('GET', `/ledger${query(filter)}`),
  pendingRuns: (filter: { environment?: string; host_id?: string }) =>
    request<t.List<r.PendingRun>>('GET', `/pending-runs${query({ ...filter, limit: 500 })}`).then((page) => page.items),

  maintenance: () => request<r.MaintenanceStatus>('GET', '/maintenance/status'),
  runMaintenance: (body: { dry_run?: boolean }) => request<r.Run>('POST', '/maintenance/run', { body }),
};
