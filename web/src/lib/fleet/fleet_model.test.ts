import { describe, expect, it } from 'vitest';
import type { Host } from '../api/types';
import { FleetModel } from './fleet_model';

const host = (number: number, over: Partial<Host> = {}): Host => ({
  id: `host_${number}`, number, environment_id: 'env_1', name: `web-${number}`, state: 'online',
  state_since: '2026-11-22T09:00:00.000Z', state_reason: '', last_seen_at: '2026-11-22T09:10:00.000Z',
  enrolled_at: '2026-11-22T09:00:00.000Z', labels: {}, interval_ms: 5000, clock_skew_ms: 0, clock_skewed: false, dropped_heartbeats: 0,
  agent: null, machine: null, address: null, summary: null, labels_by_hand: {}, labels_by_agent: {}, revision: 1, locked_at: null,
  refusal: null, key_changed_at: null, units: null, ...over,
});

function model(): FleetModel {
  const fleet = new FleetModel();
  fleet.load([host(1), host(2)]);
  return fleet;
}

const change = (over: object) => ({
  at: 5, what: 'host' as const, environment_id: 'env_1', host_id: 'host_1', name: 'web-1', from: 'online', to: 'late', reason: '', ...over,
});

describe('FleetModel', () => {
  it('takes values in tenths and knows what is unknown', () => {
    const fleet = model();
    const before = fleet.get('host_2');
    expect(fleet.applyStatus({ environment_id: 'env_1', at: 9e12, hosts: [[1, 1, 125, -1, 910, 2048, -1]] })).toBe('values');
    expect(fleet.get('host_1')).toMatchObject({ cpu: 12.5, memory: null, disk: 91, rx: 2048, tx: null, heardAt: 9e12 });
    expect(fleet.get('host_2')).toBe(before);
  });

  it('does not make an offline host look heard of', () => {
    const fleet = model();
    const heardAt = fleet.get('host_1')!.heardAt;
    fleet.applyStatus({ environment_id: 'env_1', at: 9e12, hosts: [[1, 3, -1, -1, -1, -1, -1]] });
    expect(fleet.get('host_1')).toMatchObject({ state: 'offline', heardAt, stateSince: 9e12 });
  });

  it('asks for hosts that it does not know', () => {
    expect(model().applyStatus({ environment_id: 'env_1', at: 1, hosts: [[7, 1, 0, 0, 0, 0, 0]] })).toBe('unknown_host');
    expect(model().applyChange(change({ host_id: 'host_7', from: '', to: 'waiting' }))).toBe('unknown_host');
    expect(model().applyChange(change({ what: 'inventory' }))).toBe('unknown_host');
  });

  it('follows states and removals', () => {
    const fleet = model();
    expect(fleet.applyChange(change({ to: 'offline', reason: 'stopped' }))).toBe('hosts');
    expect(fleet.get('host_1')).toMatchObject({ state: 'offline', stateReason: 'stopped', stateSince: 5 });
    expect(fleet.applyChange(change({ to: 'removed' }))).toBe('hosts');
    expect(fleet.list().map((row) => row.id)).toEqual(['host_2']);
    expect(fleet.applyChange(change({ to: 'removed' }))).toBe('none');
  });

  it('keeps a state it does not know out of the row', () => {
    const fleet = model();
    fleet.applyChange(change({ to: 'sleeping' }));
    expect(fleet.get('host_1')?.state).toBe('online');
  });
});
