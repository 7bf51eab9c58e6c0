// The messages of GET /api/v1/stream; `type` is the name of the SSE event.
import type { components } from './schema';

type Schemas = components['schemas'];

export type StreamHello = Schemas['StreamHello'];
export type StreamFleetStatus = Schemas['StreamFleetStatus'];
/** number, state (0 waiting, 1 online, 2 late, 3 offline), cpu, memory, disk (tenths of a percent), rx, tx (bytes/s); -1 unknown */
export type FleetStatusRow = StreamFleetStatus['hosts'][number];
export type StreamStatusChange = Schemas['StreamStatusChange'];
export type StreamMetricUpdate = Schemas['StreamMetricUpdate'];

export type StreamMessage =
  | { type: 'hello'; data: StreamHello }
  | { type: 'fleet_status'; data: StreamFleetStatus }
  | { type: 'status_change'; data: StreamStatusChange }
  | { type: 'metric_update'; data: StreamMetricUpdate }
  | { type: 'event'; data: Schemas['StreamEvent'] }
  | { type: 'log_entry'; data: Schemas['StreamLogEntry'] }
  | { type: 'run_update'; data: Schemas['StreamRunUpdate'] }
  | { type: 'run_log'; data: Schemas['StreamRunLog'] }
  | { type: 'condition'; data: Schemas['StreamCondition'] }
  | { type: 'resync'; data: Schemas['StreamResync'] };
