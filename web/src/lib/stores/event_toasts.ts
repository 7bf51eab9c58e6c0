// Toasts for events, of the environment that is looked at. Started and stopped by the shell.
import { stream } from '../stream';
import { environment } from './environment.svelte';
import { crowdOf, eventHref, isWorthIt } from './event_notice';
import { toasts } from './toasts.svelte';

export function startEventToasts(): () => void {
  const stopLooking = stream.look('events');
  const stopHearing = stream.onMessage((message) => {
    if (message.type !== 'event' || !isWorthIt(message.data)) return;
    const event = message.data;
    // What belongs to the server concerns every environment.
    if (event.environment_id && !environment.holds(event.environment_id)) return;
    toasts.add(event.severity, event.message, eventHref(event), crowdOf(event));
  });
  return () => {
    stopLooking();
    stopHearing();
  };
}
