// Which events a filter lets through, and how new ones join a list. Pure.
import type { Event } from '../../lib/api/types';

export interface EventFilter {
  severity: string;
  type: string;
  host_id: string;
  /** An id; empty for all. */
  environment: string;
}

export const kSeverities = ['info', 'success', 'warning', 'error'] as const;

/** The types that exist now; others that turn up in the list are offered too. */
export const kTypes = [
  'host.enrolled', 'host.online', 'host.offline', 'host.removed', 'host.rebooted', 'host.clock_skewed', 'host.refused',
  'host.cloned',
  'server.started', 'person.created',
];

export function passes(event: Event, filter: EventFilter): boolean {
  return (
    (!filter.severity || event.severity === filter.severity) &&
    (!filter.environment || event.environment_id === filter.environment) &&
    (!filter.type || event.type === filter.type) &&
    (!filter.host_id || (event.source.kind === 'host' && event.source.id === filter.host_id))
  );
}

/** Newest first, each event once. `arrived` is in order of arrival. */
export function mergeNewest(list: Event[], arrived: Event[]): Event[] {
  const known = new Set(list.map((event) => event.id));
  const fresh: Event[] = [];
  for (const event of arrived) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    fresh.unshift(event);
  }
  return fresh.length > 0 ? [...fresh, ...list] : list;
}
