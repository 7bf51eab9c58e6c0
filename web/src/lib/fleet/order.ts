// Sorting and grouping of the fleet. Unknown values go last in either direction; equals go by name.
import type { HostState } from '../api/types';
import type { FleetHost } from './fleet_model';

export const kSortKeys = ['name', 'state', 'labels', 'environment', 'cpu', 'memory', 'disk', 'network', 'version', 'agent', 'age'] as const;
export type SortKey = (typeof kSortKeys)[number];
export interface Sort {
  key: SortKey;
  descending: boolean;
}

const kWorstFirst: HostState[] = ['offline', 'late', 'waiting', 'online'];

/** As people order names: web-2 before web-10. */
export const byText = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export const labelText = (host: FleetHost) =>
  Object.entries(host.labels).map(([key, value]) => (value ? `${key}=${value}` : key)).sort().join(' ');

type NameOf = (environmentId: string) => string;

function sortValue(host: FleetHost, key: SortKey, nameOf: NameOf): number | string | null {
  switch (key) {
    case 'name': return host.name;
    case 'state': return kWorstFirst.indexOf(host.state);
    case 'labels': return labelText(host) || null;
    case 'environment': return nameOf(host.environmentId) || null;
    case 'version': return host.version || null;
    case 'network': return host.rx === null && host.tx === null ? null : (host.rx ?? 0) + (host.tx ?? 0);
    case 'agent': return host.agentCpu;
    case 'age': return host.heardAt === null ? null : -host.heardAt;
    default: return host[key];
  }
}

/** `nameOf` gives the name of an environment. */
export function sortHosts(hosts: FleetHost[], sort: Sort, nameOf: NameOf = () => ''): FleetHost[] {
  const turn = sort.descending ? -1 : 1;
  const values = new Map(hosts.map((host) => [host.id, sortValue(host, sort.key, nameOf)]));
  return [...hosts].sort((a, b) => {
    const left = values.get(a.id) ?? null;
    const right = values.get(b.id) ?? null;
    if (left === null || right === null) return left === right ? byText.compare(a.name, b.name) : left === null ? 1 : -1;
    const order = typeof left === 'string' ? byText.compare(left, String(right)) : left - (right as number);
    return order * turn || byText.compare(a.name, b.name);
  });
}

export interface Group {
  title: string;
  hosts: FleetHost[];
}

/** Hosts by the value of one label; those without it come last. Order inside a group is kept. */
export function groupHosts(hosts: FleetHost[], label: string): Group[] {
  const groups = new Map<string, FleetHost[]>();
  for (const host of hosts) {
    const value = host.labels[label] ?? '';
    const group = groups.get(value);
    if (group) group.push(host);
    else groups.set(value, [host]);
  }
  return [...groups]
    .sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : byText.compare(a, b)))
    .map(([value, members]) => ({ title: value ? `${label}: ${value}` : `no ${label}`, hosts: members }));
}

export const labelKeys = (hosts: FleetHost[]) =>
  [...new Set(hosts.flatMap((host) => Object.keys(host.labels)))].sort(byText.compare);
