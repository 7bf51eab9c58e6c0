// The messages of GET /api/v1/stream, one type each; `type` is the name of the SSE event.
import type { Event } from './types';

export interface StreamHello {
  connection: string;
  epoch: string;
  tick_ms: number;
  topics: string[];
  version: string;
  now: number;
}

/** number, state (0 waiting, 1 online, 2 late, 3 offline), cpu, memory, disk (tenths of a percent), rx, tx (bytes/s); -1 unknown */
export type FleetStatusRow = [number, number, number, number, number, number, number];

export interface StreamFleetStatus {
  environment_id: string;
  at: number;
  hosts: FleetStatusRow[];
}

export interface StreamStatusChange {
  at: number;
  what: 'host' | 'inventory';
  environment_id: string;
  host_id: string;
  name: string;
  from: string;
  to: string;
  reason: string;
}

export interface StreamMetricUpdate {
  host_id: string;
  at: number;
  layout: string;
  interval_ms: number;
  values: (number | null)[];
}

export type StreamMessage =
  | { type: 'hello'; data: StreamHello }
  | { type: 'fleet_status'; data: StreamFleetStatus }
  | { type: 'status_change'; data: StreamStatusChange }
  | { type: 'metric_update'; data: StreamMetricUpdate }
  | { type: 'event'; data: Event }
  | { type: 'resync'; data: { reason: string } };
