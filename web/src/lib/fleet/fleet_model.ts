// The hosts as the fleet page sees them, fed by one GET and then by messages. Rows are values: a change replaces the row, so that
// only what changed is drawn again. No I/O, no clock.
import type { StreamFleetStatus, StreamStatusChange } from '../api/stream_types';
import type { Host, HostState } from '../api/types';
import type { FilterSubject } from './filter';

export interface FleetHost extends FilterSubject {
  id: string;
  number: number;
  stateSince: number;
  stateReason: string;
  diskMount: string;
  intervalMs: number;
  /** What may be taken away here; others come from the configuration of its agent. */
  labelsByHand: Record<string, string>;
  /** What its agent costs, as of when the fleet was fetched. */
  agentCpu: number | null;
  agentMemory: number | null;
  clockSkewed: boolean;
  /** When its values were last heard of, server time in ms; null if never. */
  heardAt: number | null;
}

export type ModelChange = 'none' | 'values' | 'hosts' | 'unknown_host';

const kStates: HostState[] = ['waiting', 'online', 'late', 'offline'];
const known = (value: number, scale = 1) => (value < 0 ? null : value / scale);

export function toFleetHost(host: Host): FleetHost {
  const summary = host.summary;
  return {
    id: host.id,
    number: host.number,
    environmentId: host.environment_id,
    name: host.name,
    state: host.state,
    stateSince: Date.parse(host.state_since),
    stateReason: host.state_reason,
    labels: host.labels,
    labelsByHand: host.labels_by_hand,
    agentCpu: summary?.agent_cpu_percent ?? null,
    agentMemory: summary?.agent_memory_bytes ?? null,
    version: host.agent?.version ?? '',
    outdated: host.agent?.outdated ?? false,
    os: host.machine?.os ?? '',
    address: host.address ?? '',
    intervalMs: host.interval_ms,
    clockSkewed: host.clock_skewed,
    cpu: summary?.cpu_percent ?? null,
    memory: summary?.memory_percent ?? null,
    disk: summary?.disk_percent ?? null,
    diskMount: summary?.disk_mount ?? '',
    rx: summary?.rx_bytes_per_second ?? null,
    tx: summary?.tx_bytes_per_second ?? null,
    heardAt: host.last_seen_at ? Date.parse(host.last_seen_at) : null,
  };
}

export class FleetModel {
  private readonly rows = new Map<string, FleetHost>();
  private readonly ids = new Map<number, string>();

  load(hosts: Host[]): void {
    this.rows.clear();
    this.ids.clear();
    for (const host of hosts) this.put(toFleetHost(host));
  }

  putHost(host: Host): void {
    this.put(toFleetHost(host));
  }

  list(): FleetHost[] {
    return [...this.rows.values()];
  }

  get(id: string): FleetHost | undefined {
    return this.rows.get(id);
  }

  applyStatus(message: StreamFleetStatus): ModelChange {
    let change: ModelChange = 'none';
    for (const [number, state, cpu, memory, disk, rx, tx] of message.hosts) {
      const row = this.rows.get(this.ids.get(number) ?? '');
      if (!row) {
        change = 'unknown_host';
        continue;
      }
      const newState = kStates[state] ?? row.state;
      const alive = newState === 'online';
      this.rows.set(row.id, {
        ...row,
        state: newState,
        stateSince: newState === row.state ? row.stateSince : message.at,
        cpu: known(cpu, 10),
        memory: known(memory, 10),
        disk: known(disk, 10),
        rx: known(rx),
        tx: known(tx),
        heardAt: alive ? Math.max(row.heardAt ?? 0, message.at) : row.heardAt,
      });
      if (change === 'none') change = 'values';
    }
    return change;
  }

  /** `unknown_host` asks the caller to fetch that host. */
  applyChange(message: StreamStatusChange): ModelChange {
    const row = this.rows.get(message.host_id);
    if (message.what === 'host' && message.to === 'removed') {
      if (!row) return 'none';
      this.rows.delete(row.id);
      this.ids.delete(row.number);
      return 'hosts';
    }
    if (!row || message.what === 'inventory') return 'unknown_host';
    const state = kStates.find((name) => name === message.to) ?? row.state;
    this.rows.set(row.id, { ...row, name: message.name || row.name, state, stateSince: message.at, stateReason: message.reason });
    return 'hosts';
  }

  private put(row: FleetHost): void {
    this.rows.set(row.id, row);
    this.ids.set(row.number, row.id);
  }
}
