// Why a host is in its state, as a sentence. An unknown reason is shown as it is.
import type { HostState } from '../../lib/api/types';

const kSentences: Record<string, string> = {
  stopped: 'Its agent was stopped and said goodbye.',
  locked: 'It is locked, because two agents ran with its identity.',
  silent: 'Nothing has been heard from its agent.',
  protocol_mismatch: 'Its agent speaks another version of the protocol. Install the version of the server on it.',
};

export function reasonSentence(reason: string, state: HostState): string {
  if (state === 'online') return 'Heartbeats come in time.';
  if (state === 'waiting') return 'It is enrolled and has not connected yet.';
  return kSentences[reason] ?? (reason ? `The server says: ${reason}.` : state === 'late' ? 'Its heartbeat is late.' : kSentences.silent!);
}
