// The values of the HTTP API, by the names they have in the OpenAPI document. Pages import from here only, so that these
// lines can become aliases of the generated schema: `export type Host = components['schemas']['Host']`.

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
  request_id?: string;
}

export interface List<T> {
  items: T[];
  next_cursor: string | null;
}

export interface SessionInfo {
  principal: { kind: 'person' | 'token'; id: string; name: string };
  server_administrator: boolean;
  environments: { id: string; name: string; role: string; permissions: string[] }[];
  expires_at: string;
}

export type Scope = 'read' | 'operate' | 'admin' | 'metrics';

export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  environment_id: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface NewToken extends Token {
  token: string;
}

export type HostState = 'waiting' | 'online' | 'late' | 'offline';

export interface HostSummary {
  at: number;
  cpu_percent: number | null;
  memory_percent: number | null;
  disk_percent: number | null;
  disk_mount: string | null;
  rx_bytes_per_second: number | null;
  tx_bytes_per_second: number | null;
}

export interface Machine {
  hostname: string;
  os: string;
  kernel: string;
  architecture: string;
  cpu_model: string;
  cores: number;
  memory_bytes: number;
  boot_id: string;
  booted_at: string | null;
  virtualization: string;
}

export interface Host {
  id: string;
  number: number;
  environment_id: string;
  name: string;
  state: HostState;
  state_since: string;
  state_reason: string;
  last_seen_at: string | null;
  enrolled_at: string;
  labels: Record<string, string>;
  interval_ms: number;
  clock_skew_ms: number | null;
  clock_skewed: boolean;
  /** Heartbeats that its agent had to drop while it could not send. */
  dropped_heartbeats: number;
  agent: { version: string; protocol: string; started_at: string } | null;
  machine: Machine | null;
  address: string | null;
  summary: HostSummary | null;
}

export interface SeriesInfo {
  key: string;
  metric: string;
  label: string;
  unit: Unit;
  kind: 'gauge' | 'counter';
}

export type Unit = 'percent' | 'bytes' | 'bytes_per_second' | 'per_second' | 'count' | 'seconds' | 'load';

export interface Layout {
  layout: string;
  series: SeriesInfo[];
}

export interface SeriesAnswer {
  host_id: string;
  from: number;
  to: number;
  tier: string;
  step_ms: number;
  times: number[];
  series: (SeriesInfo & { mean: (number | null)[]; min: (number | null)[]; max: (number | null)[] })[];
}

export interface Sparklines {
  step_ms: number;
  times: number[];
  hosts: { number: number; cpu_percent: (number | null)[]; rx: (number | null)[]; tx: (number | null)[] }[];
}

export interface EnrolmentToken {
  id: string;
  token: string;
  environment_id: string;
  expires_at: string;
  command: string;
  hint?: string | null;
}

export interface EnrolmentState {
  id: string;
  state: 'waiting' | 'used' | 'expired';
  expires_at: string;
  host_id?: string | null;
}

export type Severity = 'info' | 'success' | 'warning' | 'error';

export interface Event {
  id: string;
  at: string;
  type: string;
  severity: Severity;
  environment_id: string;
  source: { kind: 'host' | 'server' | 'person'; id: string; name: string };
  message: string;
  fields: Record<string, unknown>;
}
