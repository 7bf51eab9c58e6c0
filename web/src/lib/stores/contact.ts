// Whether the page hears the server, in one word, from what the stream and the answers say. Pure; ms of the browser's clock.
import type { Phase } from '../stream';

export type Contact = { kind: 'live' | 'joining' | 'polling' | 'no_role' } | { kind: 'unreachable'; since: number };

export interface Signs {
  phase: Phase;
  /** Without a role there is nothing to hear but that one came. */
  hasRole: boolean;
  /** Since when there is no stream. */
  downSince: number;
  /** The newest answer, and the first question after it that got none; 0: there was none. */
  answeredAt: number;
  failedAt: number;
}

/** A reconnect that is shorter changes nothing on the screen. */
export const kGraceMs = 3_000;

export function decideContact(signs: Signs, now: number): Contact {
  if (signs.phase === 'live') return { kind: signs.hasRole ? 'live' : 'no_role' };
  if (now - signs.downSince <= kGraceMs) return { kind: 'joining' };
  if (signs.failedAt === 0) return { kind: 'polling' };
  // What was answered after the end of the stream shows that the server was still there.
  return { kind: 'unreachable', since: signs.answeredAt > signs.downSince ? signs.failedAt : signs.downSince };
}
