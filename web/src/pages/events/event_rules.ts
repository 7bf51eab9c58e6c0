// Which events a filter lets through, and how new ones join a list. Pure.
import type { EventQuestion } from '../../lib/api/endpoints';
import type { Event } from '../../lib/api/types';

/** What is asked for; empty texts for what may be anything. `severity` and `type` are lists with commas. */
export type EventFilter = Required<EventQuestion>;

export const kNoFilter: EventFilter = { severity: '', type: '', source: '', host_id: '', text: '', from: '', to: '', environment: '' };

export const kSeverities = ['debug', 'info', 'success', 'warning', 'error'] as const;
export const kSources = ['host', 'server', 'person'] as const;

/** Stretches of time that end now. */
export const kSpans = [
  { id: '1h', title: 'The last hour', ms: 3_600_000 },
  { id: '24h', title: 'The last 24 hours', ms: 86_400_000 },
  { id: '7d', title: 'The last 7 days', ms: 7 * 86_400_000 },
] as const;

const among = (list: string, value: string) => !list || list.split(',').includes(value);

export function passes(event: Event, filter: EventFilter): boolean {
  const text = filter.text.toLowerCase();
  const at = Date.parse(event.at);
  return (
    among(filter.severity, event.severity) &&
    among(filter.type, event.type) &&
    (!filter.environment || event.environment_id === filter.environment) &&
    (!filter.source || event.source.kind === filter.source) &&
    (!filter.host_id || (event.source.kind === 'host' && event.source.id === filter.host_id)) &&
    (!text || event.message.toLowerCase().includes(text) || event.source.name.toLowerCase().includes(text)) &&
    (!filter.from || at >= Date.parse(filter.from)) &&
    (!filter.to || at < Date.parse(filter.to))
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
