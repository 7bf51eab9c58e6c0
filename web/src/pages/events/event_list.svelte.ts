// The event log as it is looked at: pages of the past by cursor, and what happens now on top.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { Event } from '../../lib/api/types';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';
import { mergeNewest, passes, type EventFilter } from './event_rules';

const kPage = 100;
const kBatchMs = 500;

export class EventList {
  items = $state.raw<Event[]>([]);
  loaded = $state(false);
  loadingMore = $state(false);
  problem = $state('');
  cursor = $state<string | null>(null);
  private filter: EventFilter = { severity: '', type: '', host_id: '', environment: '' };
  private arrived: Event[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  /** Call inside an effect. */
  start(): () => void {
    const stopHearing = stream.onMessage((message) => {
      if (message.type !== 'event' || !passes(message.data, this.filter)) return;
      this.arrived.push(message.data);
      this.timer ??= setTimeout(() => this.flush(), kBatchMs);
    });
    const stopFresh = keepFresh(() => void this.load(this.filter));
    return () => {
      stopHearing();
      stopFresh();
      clearTimeout(this.timer);
    };
  }

  async load(filter: EventFilter): Promise<void> {
    this.filter = filter;
    const asked = ++this.asked;
    try {
      const answer = await api.events({ ...filter, limit: kPage });
      if (asked !== this.asked) return;
      this.items = answer.items;
      this.cursor = answer.next_cursor;
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      if (asked === this.asked) this.problem = sentence(error);
    }
  }

  async more(): Promise<void> {
    if (!this.cursor || this.loadingMore) return;
    this.loadingMore = true;
    const asked = this.asked;
    try {
      const answer = await api.events({ ...this.filter, limit: kPage, cursor: this.cursor });
      if (asked !== this.asked) return;
      this.items = [...this.items, ...answer.items];
      this.cursor = answer.next_cursor;
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loadingMore = false;
    }
  }

  private flush(): void {
    this.timer = undefined;
    this.items = mergeNewest(this.items, this.arrived);
    this.arrived = [];
  }
}
