// What happened in the last day: events, runs and conditions, and how many errors. Started and stopped by the overview.
import { api } from '../../lib/api/endpoints';
import type { Run } from '../../lib/api/run_types';
import type { Condition, Event, List } from '../../lib/api/types';
import { applied } from '../../lib/runs/run_list_rules';
import { clock } from '../../lib/stores/clock.svelte';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';

export const kDayMs = 86_400_000;
const kBatchMs = 500;
const kMostEvents = 2_000;
const kPages = 4;

export class LastDay {
  events = $state.raw<Event[]>([]);
  conditions = $state.raw<Condition[]>([]);
  runs = $state.raw<Run[]>([]);
  errors = $state<number | null>(null);
  loaded = $state(false);
  private environment = '';
  private arrived: Event[] = [];
  private changed = new Map<string, Condition>();
  private ran = new Map<string, Run>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  /** Call inside an effect. */
  start(environment: string): () => void {
    this.environment = environment;
    const isOurs = (id: string) => !this.environment || id === this.environment;
    const stops = [
      stream.onMessage((message) => {
        if (message.type === 'event' && isOurs(message.data.environment_id)) this.arrived.push(message.data);
        else if (message.type === 'condition' && isOurs(message.data.environment_id)) this.changed.set(message.data.id, message.data);
        else if (message.type === 'run_update' && isOurs(message.data.environment_id)) this.ran.set(message.data.run.id, message.data.run);
        else return;
        this.timer ??= setTimeout(() => this.flush(), kBatchMs);
      }),
      keepFresh(() => void this.load()),
    ];
    void this.load();
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  private async load(): Promise<void> {
    const asked = ++this.asked;
    const from = new Date(Date.now() - kDayMs).toISOString();
    const environment = this.environment;
    try {
      const [overview, conditions, events, runs] = await Promise.all([
        api.overview(environment), api.conditionsBetween({ from, environment }),
        this.allSince((cursor) => api.events({ from, environment, limit: 500, cursor })),
        this.allSince((cursor) => api.runs({ from, environment, limit: 500, cursor })),
      ]);
      if (asked !== this.asked) return;
      this.errors = overview.errors_24h;
      this.conditions = conditions.items;
      this.events = events;
      this.runs = runs;
      this.loaded = true;
    } catch {
      // What needs someone says so itself; the timeline stays as it was.
    }
  }

  private async allSince<T>(ask: (cursor: string | null) => Promise<List<T>>): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < kPages; page++) {
      const answer: List<T> = await ask(cursor);
      items.push(...answer.items);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    return items;
  }

  private flush(): void {
    this.timer = undefined;
    const known = new Set(this.events.map((event) => event.id));
    const fresh = this.arrived.filter((event) => !known.has(event.id));
    this.arrived = [];
    if (fresh.length > 0) {
      this.events = [...fresh.reverse(), ...this.events].slice(0, kMostEvents);
      if (this.errors !== null) this.errors += fresh.filter((event) => event.severity === 'error').length;
    }
    if (this.ran.size > 0) this.runs = applied(this.runs, [...this.ran.values()], {}, false).slice(0, kMostEvents);
    this.ran = new Map();
    if (this.changed.size === 0) return;
    const changed = this.changed;
    this.changed = new Map();
    const old = this.conditions.map((one) => changed.get(one.id) ?? one);
    const ids = new Set(old.map((one) => one.id));
    this.conditions = [...[...changed.values()].filter((one) => !ids.has(one.id)), ...old];
  }

  /** The stretch that is shown, in whole quarters of an hour, so that it moves in steps and not with each second. */
  get window(): { from: number; to: number } {
    const quarter = 900_000;
    const to = Math.ceil(clock.now / quarter) * quarter;
    return { from: to - kDayMs, to };
  }
}
