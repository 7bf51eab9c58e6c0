// The stream of this page, and what wakes it.
import { SharedStream } from './shared_stream';

export const stream = new SharedStream();
export type { StreamState, Phase } from './connection';

export function watchWakeUps(): void {
  const wake = () => stream.wake();
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake());
  let wasRunning = false;
  addEventListener('pagehide', () => {
    wasRunning = stream.running;
    stream.stop();
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted && wasRunning) stream.start();
    wake();
  });
}
