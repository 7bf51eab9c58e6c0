// Which events are worth a toast, and what it says and leads to: crashes (error), deployments (success), a host that went
// offline (warning). Pure.
import type { Event } from '../api/types';
import type { Crowd } from './toast_list';

// A host that joins or comes back, or a condition that is over, is good news, but with many hosts there would be no end of it.
const kQuiet = new Set(['host.online', 'host.enrolled', 'condition.closed']);

// Runs say so themselves (live_runs.svelte.ts): with where they lead to, and only to those whom it concerns.
const isOfRun = (event: Event) => event.type.startsWith('run.');

export const isWorthIt = (event: Event) =>
  !isOfRun(event) && (event.severity === 'error' || event.type === 'host.offline' || (event.severity === 'success' && !kQuiet.has(event.type)));

export const eventHref = ({ source }: Event) => (source.kind === 'host' ? `/hosts/${source.id}` : '/events');

/** For when many come at once. */
export function crowdOf(event: Event): Crowd {
  return {
    kind: `${event.type}:${event.severity}`,
    // A host that goes off and on and off counts once; two crashes of one host are two.
    subject: event.type === 'host.offline' ? event.source.id : event.id,
    summary: (count) => {
      if (event.type === 'host.offline') return { text: `${count} hosts went offline`, href: '/fleet?q=offline' };
      // The overview has them, gathered where they say the same.
      if (event.type === 'condition.opened') return { text: `${count} things need someone`, href: '/' };
      if (event.type === 'condition.worsened') return { text: `${count} things got worse`, href: '/' };
      return { text: `${count} events of the type ${event.type}`, href: `/events?type=${encodeURIComponent(event.type)}` };
    },
  };
}
