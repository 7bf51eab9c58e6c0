// The state of the stream for the screen, and polling for as long as there is no stream.
import { onReached } from '../api/client';
import { stream, type StreamState } from '../stream';
import { clock } from './clock.svelte';
import { decideContact, kGraceMs } from './contact';
import { session } from './session.svelte';

export const kPollMs = 30_000;

class Live {
  state = $state.raw<StreamState>(stream.state);
  private downSince = $state(Date.now());
  private answeredAt = $state(0);
  private failedAt = $state(0);
  contact = $derived(
    decideContact(
      { phase: this.state.phase, hasRole: session.info?.environments.length !== 0, downSince: this.downSince, answeredAt: this.answeredAt, failedAt: this.failedAt },
      clock.local,
    ),
  );
  /** When the server was last heard of, by the stream or by an answer; 0: not yet. */
  heardAt = $derived(Math.max(this.state.lastByteAt, this.answeredAt));

  constructor() {
    let wasLive = false;
    stream.onState((state) => {
      if (wasLive && state.phase !== 'live') this.downSince = Date.now();
      wasLive = state.phase === 'live';
      if (wasLive) {
        clock.setOffset(state.clockOffsetMs);
        this.failedAt = 0;
      }
      this.state = state;
    });
    onReached((answered) => {
      if (answered) [this.answeredAt, this.failedAt] = [Date.now(), 0];
      else this.failedAt ||= Date.now();
    });
  }
}

export const live = new Live();

/** Calls `fetchAgain` when the stream says that something may have been missed; while there is no stream once at its end, then every 30 s. */
export function keepFresh(fetchAgain: () => void): () => void {
  const stopFresh = stream.onFresh(fetchAgain);
  const ask = () => {
    if (live.state.phase !== 'live' && document.visibilityState === 'visible') fetchAgain();
  };
  // The first question tells at once whether it is only the stream that is gone.
  let first: ReturnType<typeof setTimeout> | undefined;
  const stopState = stream.onState((state) => {
    if (state.phase === 'live') {
      clearTimeout(first);
      first = undefined;
    } else first ??= setTimeout(ask, kGraceMs);
  });
  const timer = setInterval(ask, kPollMs);
  return () => {
    stopFresh();
    stopState();
    clearTimeout(first);
    clearInterval(timer);
  };
}
