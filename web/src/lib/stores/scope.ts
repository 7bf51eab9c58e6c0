// What one may see can change while one looks: the stream says so, or ends. Then the session is read afresh, and the fleet with it.
import { stream } from '../stream';
import { fleet } from './fleet.svelte';
import { session } from './session.svelte';

const seen = () => JSON.stringify(session.info?.environments ?? []);

async function readAfresh(): Promise<void> {
  const before = seen();
  try {
    await session.refresh();
  } catch {
    return; // not there at present, or signed out
  }
  if (seen() !== before) await fleet.load();
}

export function watchScope(): () => void {
  const stopHearing = stream.onMessage((message) => {
    if (message.type === 'resync' && message.data.reason === 'scope') void readAfresh();
  });
  let wasLive = false;
  const stopState = stream.onState((state) => {
    const isLive = state.phase === 'live';
    if (wasLive && !isLive) void readAfresh();
    wasLive = isLive;
  });
  return () => {
    stopHearing();
    stopState();
  };
}
