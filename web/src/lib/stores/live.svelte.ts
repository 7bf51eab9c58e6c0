// The state of the stream for the screen, and polling for as long as there is no stream.
import { stream, type StreamState } from '../stream';
import { clock } from './clock.svelte';

export const kPollMs = 30_000;

class Live {
  state = $state.raw<StreamState>(stream.state);
  private downSince = $state(Date.now());
  /** True when the stream has been away for a moment; a short reconnect changes nothing on the screen. */
  polling = $derived(this.state.phase !== 'live' && this.state.since > 0 && clock.local - this.downSince > 3_000);

  constructor() {
    let wasLive = false;
    stream.onState((state) => {
      if (wasLive && state.phase !== 'live') this.downSince = Date.now();
      wasLive = state.phase === 'live';
      if (wasLive) clock.setOffset(state.clockOffsetMs);
      this.state = state;
    });
  }
}

export const live = new Live();

/** Calls `fetchAgain` when the stream says that something may have been missed, and every 30 s while there is no stream. */
export function keepFresh(fetchAgain: () => void): () => void {
  const stopFresh = stream.onFresh(fetchAgain);
  const timer = setInterval(() => {
    if (live.state.phase !== 'live' && document.visibilityState === 'visible') fetchAgain();
  }, kPollMs);
  return () => {
    stopFresh();
    clearInterval(timer);
  };
}
