// One run, live: its steps as they turn. Started and stopped by the page that shows it.
import { ApiError, sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { Run } from '../api/run_types';
import { keepFresh } from '../stores/live.svelte';
import { stream } from '../stream';
import { isRunId } from './run_id';
import { isOlder } from './run_list_rules';

export class RunLive {
  run = $state.raw<Run | null>(null);
  missing = $state(false);
  problem = $state('');
  private readonly topic: string;

  constructor(readonly id: string) {
    this.topic = `run:${id}`;
  }

  /** Call inside an effect. */
  start(): () => void {
    if (!isRunId(this.id)) {
      this.missing = true;
      return () => {};
    }
    const stops = [
      stream.look(this.topic),
      stream.onMessage((message) => {
        if (message.type === 'run_update' && message.data.run.id === this.id) this.take(message.data.run);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready(this.topic).then(() => this.load());
    return () => {
      for (const stop of stops) stop();
    };
  }

  async load(): Promise<void> {
    try {
      this.take(await api.run(this.id));
      this.problem = '';
      this.missing = false;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.missing = true;
      else this.problem = sentence(error);
    }
  }

  /** A message or an answer, whichever is newer: the one may overtake the other. */
  take(run: Run): void {
    if (this.run && isOlder(run, this.run)) return;
    // Lists go without steps: those that are known stay.
    this.run = run.steps ? run : { ...run, steps: this.run?.steps ?? [] };
  }
}
