import { describe, expect, it } from 'vitest';
import type { FleetHost } from './fleet_model';
import { groupHosts, labelKeys, sortHosts } from './order';

const host = (name: string, over: Partial<FleetHost> = {}): FleetHost => ({
  id: name, number: 1, environmentId: 'env_1', name, state: 'online', stateSince: 0, stateReason: '', labels: {}, labelsByHand: {}, agentCpu: null, agentMemory: null, version: '', outdated: false, os: '', address: '',
  intervalMs: 5000, clockSkewed: false, cpu: null, memory: null, disk: null, diskMount: '', rx: null, tx: null, heardAt: null, ...over,
});
const names = (hosts: FleetHost[]) => hosts.map((row) => row.name);

describe('order', () => {
  it('sorts by the name of the environment', () => {
    const hosts = [host('a', { environmentId: 'env_1' }), host('b', { environmentId: 'env_2' })];
    const nameOf = (id: string) => ({ env_1: 'prod', env_2: 'lab' })[id] ?? '';
    expect(names(sortHosts(hosts, { key: 'environment', descending: false }, nameOf))).toEqual(['b', 'a']);
  });

  it('sorts names as people do', () => {
    expect(names(sortHosts([host('web-10'), host('web-2'), host('Alpha')], { key: 'name', descending: false }))).toEqual(['Alpha', 'web-2', 'web-10']);
  });

  it('puts unknown values last in both directions, and equals by name', () => {
    const hosts = [host('c', { cpu: 5 }), host('b'), host('a', { cpu: 9 }), host('d', { cpu: 5 })];
    expect(names(sortHosts(hosts, { key: 'cpu', descending: true }))).toEqual(['a', 'c', 'd', 'b']);
    expect(names(sortHosts(hosts, { key: 'cpu', descending: false }))).toEqual(['c', 'd', 'a', 'b']);
  });

  it('sorts states by how much they want someone', () => {
    const hosts = (['online', 'offline', 'waiting', 'late'] as const).map((state) => host(state, { state }));
    expect(names(sortHosts(hosts, { key: 'state', descending: false }))).toEqual(['offline', 'late', 'waiting', 'online']);
  });

  it('groups by a label, those without it last', () => {
    const hosts = [host('a'), host('b', { labels: { env: 'prod' } }), host('c', { labels: { env: 'dev' } })];
    expect(groupHosts(hosts, 'env').map((group) => [group.title, names(group.hosts)])).toEqual([
      ['env: dev', ['c']], ['env: prod', ['b']], ['no env', ['a']],
    ]);
    expect(labelKeys(hosts)).toEqual(['env']);
  });
});
