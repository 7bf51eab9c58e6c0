// The values of the HTTP API under short names. What they are stands in schema.ts, which comes from the server's own document.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type SessionInfo = Schemas['SessionInfo'];
export type Token = Schemas['Token'];
export type NewToken = Schemas['NewToken'];
export type Scope = Token['scopes'][number];
export type Host = Schemas['Host'];
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

/** A page of any list. */
export interface List<T> {
  items: T[];
  next_cursor: string | null;
}
