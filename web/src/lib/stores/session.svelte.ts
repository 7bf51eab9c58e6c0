// Who is signed in. Everything else starts when someone is, and stops when no one is.
import { api } from '../api/endpoints';
import { ApiError, onUnauthorized } from '../api/client';
import type { SessionInfo } from '../api/types';
import { toasts } from './toasts.svelte';

const kDoorKey = 'fettle.door';

/** Whether whoever comes next with this browser stands before the door: public/theme.js asks before anything is painted. */
function noteDoor(isBefore: boolean): void {
  try {
    if (isBefore) localStorage.setItem(kDoorKey, '1');
    else localStorage.removeItem(kDoorKey);
  } catch {
    // Without storage the frame is painted for a moment.
  }
}

type Phase = 'loading' | 'unreachable' | 'first_run' | 'signed_out' | 'signed_in';

class Session {
  phase = $state<Phase>('loading');
  info = $state.raw<SessionInfo | null>(null);
  private readonly listeners: (() => void)[] = [];

  constructor() {
    onUnauthorized(() => this.lost());
  }

  async load(): Promise<void> {
    try {
      this.begin(await api.session());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) await this.askForSetup();
      else this.phase = 'unreachable';
    }
  }

  /** After a change of one's own roles or of an environment. */
  async refresh(): Promise<void> {
    try {
      const info = await api.session();
      if (this.phase === 'signed_in') this.info = info;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.lost();
      throw error;
    }
  }

  begin(info: SessionInfo): void {
    this.info = info;
    this.phase = 'signed_in';
    noteDoor(false);
  }

  async signOut(): Promise<void> {
    try {
      await api.signOut();
    } catch (error) {
      // Whoever walks away from the screen must know.
      if (!(error instanceof ApiError && error.status === 401)) {
        toasts.add('error', 'You are still signed in: the server did not end the session. Try again.');
        return;
      }
    }
    this.lost();
  }

  lost(): void {
    if (this.phase !== 'signed_in') return;
    this.info = null;
    this.phase = 'signed_out';
    noteDoor(true);
    for (const listener of this.listeners) listener();
  }

  /** What belongs to one person goes with them. */
  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  private async askForSetup(): Promise<void> {
    const needed = await api.setupNeeded().then((answer) => answer.needed, () => false);
    this.phase = needed ? 'first_run' : 'signed_out';
    noteDoor(true);
  }
}

export const session = new Session();
