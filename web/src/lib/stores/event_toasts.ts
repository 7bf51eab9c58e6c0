// Which events are worth a toast: crashes (error), deployments (success), a host that went offline (warning).
import type { Event } from '../api/types';
import { stream } from '../stream';
import { toasts } from './toasts.svelte';

// A host that joins or comes back is good news, but with many hosts there would be no end of it.
const kQuiet = new Set(['host.online', 'host.enrolled']);
const isWorthIt = (event: Event) =>
  event.severity === 'error' || event.type === 'host.offline' || (event.severity === 'success' && !kQuiet.has(event.type));

export function startEventToasts(): () => void {
  const stopLooking = stream.look('events');
  const stopHearing = stream.onMessage((message) => {
    if (message.type !== 'event' || !isWorthIt(message.data)) return;
    const { source, severity } = message.data;
    toasts.add(severity, message.data.message, source.kind === 'host' ? `/hosts/${source.id}` : '/events');
  });
  return () => {
    stopLooking();
    stopHearing();
  };
}
