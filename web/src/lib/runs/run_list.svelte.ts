// Runs as they are looked at: pages of the past by cursor, and what changes now. Known runs change where they stand; whoever has
// scrolled down reads on undisturbed, and new ones wait. Started and stopped by whoever shows them.
import { sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { Run, RunFilter } from '../api/run_types';
import { keepFresh } from '../stores/live.svelte';
import { stream } from '../stream';
import { applied } from './run_list_rules';

const kBatchMs = 250;
const kMostWaiting = 1_000;

export class RunList {
  items = $state.raw<Run[]>([]);
  loaded = $state(false);
  loadingMore = $state(false);
  problem = $state('');
  cursor = $state<string | null>(null);
  /** New ones that are not shown yet. */
  waiting = $state.raw<Run[]>([]);
  /** Whether the top of the list is in sight. The page says. */
  isAtTop: () => boolean = () => true;
  private filter: RunFilter = {};
  private arrived = new Map<string, Run>();
  private missed: Map<string, Run> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(private readonly pageSize = 50) {}

  /** Call inside an effect. */
  start(): () => void {
    const stops = [
      stream.look('runs'),
      stream.onMessage((message) => {
        if (message.type !== 'run_update') return;
        const { run } = message.data;
        if (this.arrived.size < kMostWaiting || this.arrived.has(run.id)) this.arrived.set(run.id, run);
        this.missed?.set(run.id, run);
        this.timer ??= setTimeout(() => this.flush(), kBatchMs);
      }),
      keepFresh(() => void this.load(this.filter)),
    ];
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  async load(filter: RunFilter): Promise<void> {
    this.filter = filter;
    const asked = ++this.asked;
    await stream.ready('runs');
    const missed = (this.missed = new Map<string, Run>());
    try {
      const answer = await api.runs({ ...filter, limit: this.pageSize });
      if (asked !== this.asked) return;
      this.cursor = answer.next_cursor;
      this.waiting = [];
      this.items = applied(answer.items, [...missed.values()], filter, answer.next_cursor !== null);
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      if (asked === this.asked) this.problem = sentence(error);
    } finally {
      if (this.missed === missed) this.missed = null;
    }
  }

  async more(): Promise<void> {
    if (!this.cursor || this.loadingMore) return;
    this.loadingMore = true;
    const asked = this.asked;
    try {
      const answer = await api.runs({ ...this.filter, limit: this.pageSize, cursor: this.cursor });
      if (asked !== this.asked) return;
      this.cursor = answer.next_cursor;
      const known = new Set(this.items.map((run) => run.id));
      this.items = [...this.items, ...answer.items.filter((run) => !known.has(run.id))];
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loadingMore = false;
    }
  }

  private flush(): void {
    this.timer = undefined;
    const news = [...this.arrived.values()];
    this.arrived = new Map();
    if (!this.loaded) return;
    const known = new Set(this.items.map((run) => run.id));
    const [changed, fresh] = [news.filter((run) => known.has(run.id)), news.filter((run) => !known.has(run.id))];
    this.items = applied(this.items, changed, this.filter, this.cursor !== null);
    this.waiting = applied(this.waiting, fresh, this.filter, false).slice(0, kMostWaiting);
    if (this.isAtTop()) this.showNew();
  }

  showNew(): void {
    this.items = applied(this.items, this.waiting, this.filter, this.cursor !== null);
    this.waiting = [];
  }
}
