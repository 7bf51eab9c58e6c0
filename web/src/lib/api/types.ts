// The values of the HTTP API under short names. What they are stands in schema.ts, which comes from the server's own document.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type SessionInfo = Schemas['SessionInfo'];
export type Token = Schemas['Token'];
export type NewToken = Schemas['NewToken'];
export type OwnedToken = Schemas['OwnedToken'];
export type Person = Schemas['Person'];
export type PersonState = Person['state'];
export type PersonChange = Schemas['PersonChangeInput'];
export type RoleIn = Schemas['RoleIn'];
export type Invited = Schemas['Invited'];
export type InvitationNote = Schemas['InvitationNote'];
export type Account = Schemas['Account'];
export type TotpSecret = Schemas['TotpSecret'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type LoginSession = Schemas['LoginSession'];
export type EnvironmentNote = Schemas['EnvironmentNote'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditVerdict = Schemas['AuditVerdict'];
export type Scope = Token['scopes'][number];
export type Host = Schemas['Host'];
export type HostCommands = Schemas['HostCommands'];
export type HostLabelsAnswer = Schemas['HostLabelsAnswer'];
export type HostState = Host['state'];
export type SeriesInfo = Schemas['SeriesInfo'];
export type Unit = SeriesInfo['unit'];
export type Layout = Schemas['Layout'];
export type SeriesAnswer = Schemas['SeriesAnswer'];
export type Sparklines = Schemas['Sparklines'];
export type EnrolmentToken = Schemas['EnrolmentToken'];
export type Event = Schemas['Event'];
export type LogLine = Schemas['LogLine'];
export type LogLevel = LogLine['level'];
export type LogLines = Schemas['LogLines'];
export type Severity = Event['severity'];

export type EventType = Schemas['EventType'];
export type Condition = Schemas['Condition'];
export type Silence = Schemas['Silence'];
export type Overview = Schemas['Overview'];
export type UptimeAnswer = Schemas['UptimeAnswer'];
export type StateSpan = Schemas['StateSpan'];
export type WatchKind = Schemas['WatchKind'];
export type Threshold = Schemas['Threshold'];
export type EffectiveThreshold = Schemas['EffectiveThreshold'];
export type ThresholdScope = EffectiveThreshold['warning']['scope'];

/** A page of any list. */
export interface List<T> {
  items: T[];
  next_cursor: string | null;
}

/** What the audit log is filtered by; empty: does not matter. */
export interface AuditFilter {
  who?: string;
  action?: string;
  object?: string;
  from?: string;
  until?: string;
}
