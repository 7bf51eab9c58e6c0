// One run, live: its steps as they turn. Started and stopped by the page that shows it.
import { ApiError, sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { Run, RunUpdate } from '../api/run_types';
import { keepFresh } from '../stores/live.svelte';
import { stream } from '../stream';
import { folded } from './run_fold';
import { isRunId } from './run_id';
import { isOlder } from './run_list_rules';

export class RunLive {
  run = $state.raw<Run | null>(null);
  missing = $state(false);
  problem = $state('');
  /** What the stream says while the answer to a question is on its way. */
  private missed: RunUpdate[] | null = null;
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
        if (message.type === 'run_update' && message.data.run.id === this.id) this.hear(message.data);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready(this.topic).then(() => this.load());
    return () => {
      for (const stop of stops) stop();
    };
  }

  async load(): Promise<void> {
    const missed: RunUpdate[] = (this.missed = []);
    try {
      const answer = await api.run(this.id);
      if (missed !== this.missed) return;
      this.take(missed.reduce(folded, answer));
      this.problem = '';
      this.missing = false;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.missing = true;
      else this.problem = sentence(error);
    } finally {
      if (missed === this.missed) this.missed = null;
    }
  }

  private hear(update: RunUpdate): void {
    this.missed?.push(update);
    if (this.run) this.run = folded(this.run, update);
  }

  /** An answer with all steps, unless a message has overtaken it. */
  take(run: Run): void {
    if (!this.run || !isOlder(run, this.run)) this.run = run;
  }
}
