// The event log as it is looked at: pages of the past by cursor, and what happens now on top. Whoever has scrolled down reads
// on undisturbed: what is new waits until it is asked for.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { Event } from '../../lib/api/types';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';
import { kNoFilter, mergeNewest, passes, type EventFilter } from './event_rules';

const kPage = 100;
const kBatchMs = 500;
const kMostWaiting = 1_000;
/** A rare thing may be far back: so many pages are looked through at once. */
const kMostPages = 5;

export class EventList {
  items = $state.raw<Event[]>([]);
  /** New ones that are not shown yet, in order of arrival. */
  waiting = $state.raw<Event[]>([]);
  loaded = $state(false);
  loadingMore = $state(false);
  problem = $state('');
  cursor = $state<string | null>(null);
  /** Whether the top of the list is in sight. The page says. */
  isAtTop: () => boolean = () => true;
  private filter: EventFilter = kNoFilter;
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
      const found = await this.fetch(null);
      if (asked !== this.asked) return;
      this.items = found.items;
      this.waiting = [];
      this.cursor = found.cursor;
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
      const found = await this.fetch(this.cursor);
      if (asked !== this.asked) return;
      this.items = [...this.items, ...found.items];
      this.cursor = found.cursor;
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loadingMore = false;
    }
  }

  /** Goes on from page to page until there is something to show. */
  private async fetch(cursor: string | null): Promise<{ items: Event[]; cursor: string | null }> {
    const items: Event[] = [];
    for (let page = 0; page < kMostPages; page++) {
      const answer = await api.events({ ...this.filter, limit: kPage, cursor });
      items.push(...answer.items);
      cursor = answer.next_cursor;
      if (!cursor || items.length >= kPage / 2) break;
    }
    return { items, cursor };
  }

  showNew(): void {
    this.items = mergeNewest(this.items, this.waiting);
    this.waiting = [];
  }

  private flush(): void {
    this.timer = undefined;
    const known = new Set([...this.waiting, ...this.items].map((event) => event.id));
    this.waiting = [...this.waiting, ...this.arrived.filter((event) => !known.has(event.id))].slice(-kMostWaiting);
    this.arrived = [];
    if (this.isAtTop()) this.showNew();
  }
}
