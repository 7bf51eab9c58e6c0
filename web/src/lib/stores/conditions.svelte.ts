// What is open, as the stream keeps it fresh; in the order of what is worst.
import { sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { Condition } from '../api/types';
import { applied, byHost, worstFirst } from '../conditions/condition_rules';
import { stream } from '../stream';
import { keepFresh } from './live.svelte';

class Conditions {
  list = $state.raw<Condition[]>([]);
  /** What is open of a host. */
  of = $derived(byHost(this.list));
  loaded = $state(false);
  problem = $state('');
  private loading: Condition[] | null = null;
  private stops: (() => void)[] = [];

  start(): void {
    this.stops = [
      stream.look('events'),
      stream.onMessage((message) => {
        if (message.type !== 'condition') return;
        this.loading?.push(message.data);
        this.list = applied(this.list, message.data);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready('events').then(() => this.load());
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.list = [];
    this.loaded = false;
  }

  /** Messages that come in while the answer is on its way are applied again on top of it. */
  async load(): Promise<void> {
    if (this.loading) return;
    this.loading = [];
    try {
      let list = [...(await api.conditions())].sort(worstFirst);
      if (this.stops.length === 0) return;
      for (const message of this.loading) list = applied(list, message);
      this.list = list;
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loading = null;
    }
  }

  /** The answer to something that was just done here. */
  take(condition: Condition): void {
    this.list = applied(this.list, condition);
  }
}

export const conditions = new Conditions();
