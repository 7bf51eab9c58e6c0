// One host, live: what it is, its series over the range that is looked at, its events. Started and stopped by the host page.
import { ApiError, sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { StreamMessage, StreamMetricUpdate } from '../../lib/api/stream_types';
import type { Event, Host, Layout } from '../../lib/api/types';
import { isStale } from '../../lib/format/age';
import { LiveData } from '../../lib/charts/live_data';
import { clock } from '../../lib/stores/clock.svelte';
import { isHostId } from '../../lib/fleet/host_id';
import { fleet } from '../../lib/stores/fleet.svelte';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';
import { gapFor, isYoungFor, liveWindow, type Range } from './ranges';

const kEventsShown = 50;
const kRefetchMs = 1_500;
const kAwayMs = 60_000;

export class HostLive {
  host = $state.raw<Host | null>(null);
  layout = $state.raw<Layout>({ layout: '', series: [] });
  events = $state.raw<Event[]>([]);
  data = $state.raw<LiveData>(new LiveData(1_000, 0, 0));
  /** Goes up when `data` has changed inside. */
  version = $state(0);
  loaded = $state(false);
  missing = $state(false);
  problem = $state('');
  /** What is in force: how often this host speaks now. */
  intervalMs = $state(5_000);
  /** Which of the kept histories answered, and how far apart its points are. */
  source = $state.raw<{ tier: string; stepMs: number }>({ tier: 'ring', stepMs: 0 });
  private updatedAt = $state(0);
  /** An offline host is shown as it was at its end; null while it speaks. */
  endedAt = $derived(endOf(this.host));
  /** Its oldest sample at hand, or when it was enrolled, whichever was first: before that there is nothing to show. */
  beganAt = $derived.by(() => {
    void this.version;
    return Math.min(this.host ? Date.parse(this.host.enrolled_at) : Infinity, this.data.times[0] ?? Infinity);
  });
  /** Its row in the fleet, which the stream keeps fresh even when nobody looks at this host. */
  row = $derived.by(() => fleet.list.find((one) => one.id === this.id));
  state = $derived(this.row?.state ?? this.host?.state ?? 'waiting');
  heardAt = $derived(Math.max(this.updatedAt, this.row?.heardAt ?? 0, this.host?.last_seen_at ? Date.parse(this.host.last_seen_at) : 0));
  /** The server says so, or this browser has not heard of it for three intervals. */
  stale = $derived(this.state !== 'online' || isStale(clock.now - this.heardAt, this.intervalMs));

  /** The stretch that the charts show. */
  window(range: Range): { from: number; to: number; isAll: boolean } {
    if (range.kind === 'fixed') return { from: range.from, to: range.to, isAll: false };
    return liveWindow(range.spanMs, this.endedAt ?? clock.now, this.beganAt);
  }

  private range: Range | null = null;
  private keys: string[] = [];
  private waiting: StreamMetricUpdate[] | null = null;
  private abort: AbortController | null = null;
  private refetchTimer: ReturnType<typeof setTimeout> | undefined;
  private awayTimer: ReturnType<typeof setTimeout> | undefined;
  private stopLooking: (() => void) | null = null;
  private frame = 0;
  private stops: (() => void)[] = [];

  private readonly topic: string;

  constructor(readonly id: string) {
    this.topic = `host:${id}`;
  }

  start(): void {
    // No host has such an id: there is nothing to ask for, and nothing to look at.
    if (!isHostId(this.id)) {
      this.missing = true;
      return;
    }
    const seen = () => this.look(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', seen);
    this.stops = [
      stream.onMessage((message) => this.hear(message)),
      keepFresh(() => void this.load()),
      () => document.removeEventListener('visibilitychange', seen),
    ];
    this.look(true);
  }

  /** A host that is looked at speaks every second. In a tab that stays hidden no one looks. */
  private look(visible: boolean): void {
    clearTimeout(this.awayTimer);
    if (!visible) {
      this.awayTimer = setTimeout(() => {
        this.stopLooking?.();
        this.stopLooking = null;
      }, kAwayMs);
    } else if (!this.stopLooking) {
      this.stopLooking = stream.look(this.topic);
      void stream.ready(this.topic).then(() => (this.stopLooking ? this.load() : undefined));
    }
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.stopLooking?.();
    this.stopLooking = null;
    this.abort?.abort();
    clearTimeout(this.awayTimer);
    clearTimeout(this.refetchTimer);
    cancelAnimationFrame(this.frame);
  }

  setRange(range: Range): void {
    this.range = range;
    if (this.loaded) void this.loadSeries();
  }

  private async load(): Promise<void> {
    try {
      const [host, layout, events] = await Promise.all([
        api.host(this.id),
        api.layout(this.id),
        api.events({ host_id: this.id, limit: kEventsShown }),
      ]);
      this.host = host;
      this.setLayout(layout);
      this.intervalMs = host.interval_ms;
      this.events = events.items;
      await this.loadSeries();
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.missing = true;
      else this.problem = sentence(error);
    }
  }

  private async loadSeries(): Promise<void> {
    const range = this.range;
    if (!range) return;
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    this.waiting = [];
    const now = this.endedAt ?? clock.now + 1_000;
    const window = range.kind === 'live' ? { from: now - range.spanMs, to: now } : { from: range.from, to: range.to };
    const ask = (from: number) =>
      api.series(this.id, { from: Math.floor(from), to: Math.ceil(window.to), points: range.points }, abort.signal);
    try {
      let answer = await ask(window.from);
      const first = answer.times[0];
      if (range.kind === 'live' && first !== undefined && answer.step_ms > 1_000 && isYoungFor(range.spanMs, { from: first, to: now }))
        answer = await ask(Math.max(window.from, Math.min(first, this.beganAt)));
      const data = LiveData.from(answer, window.to - window.from, gapFor(answer.step_ms, this.intervalMs), this.intervalMs);
      this.data = data;
      this.source = { tier: answer.tier, stepMs: answer.step_ms };
      if (range.kind === 'live') for (const update of this.waiting) data.append(update.at, this.keys, update.values);
      this.version += 1;
      this.problem = '';
    } catch (error) {
      if (!abort.signal.aborted) this.problem = sentence(error);
    } finally {
      if (this.abort === abort) this.waiting = null;
    }
  }

  private hear(message: StreamMessage): void {
    if (message.type === 'metric_update' && message.data.host_id === this.id) this.take(message.data);
    else if (message.type === 'status_change' && message.data.host_id === this.id) {
      // A host that was moved may still be ours to see.
      if (message.data.to === 'removed' && message.data.reason === 'moved') void this.load();
      else if (message.data.to === 'removed') this.missing = true;
      else void this.refreshHost(message.data.what === 'inventory');
    } else if (message.type === 'event' && message.data.source.id === this.id) {
      this.events = [message.data, ...this.events.filter((event) => event.id !== message.data.id)].slice(0, kEventsShown);
      this.version += 1;
    }
  }

  private take(update: StreamMetricUpdate): void {
    this.updatedAt = Math.max(this.updatedAt, update.at);
    this.intervalMs = update.interval_ms;
    if (update.layout !== this.layout.layout) return this.refetchSoon();
    if (this.waiting) this.waiting.push(update);
    else if (this.range?.kind === 'live' && this.data.append(update.at, this.keys, update.values) === 'late') this.refetchSoon();
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.version += 1;
    });
  }

  /** Samples came late or the layout changed: everything again, once, a little later. */
  private refetchSoon(): void {
    this.refetchTimer ??= setTimeout(() => {
      this.refetchTimer = undefined;
      void this.load();
    }, kRefetchMs);
  }

  private async refreshHost(withLayout: boolean): Promise<void> {
    // On its way already, with all that belongs to it.
    if (!this.host) return;
    const host = await api.host(this.id).catch(() => null);
    if (!host) return;
    const otherEnd = endOf(host) !== this.endedAt;
    this.host = host;
    this.missing = false;
    if (withLayout || this.layout.series.length === 0) this.refetchSoon();
    else if (otherEnd) void this.loadSeries();
  }

  private setLayout(layout: Layout): void {
    this.keys = layout.series.map((series) => series.key);
    const same = layout.layout === this.layout.layout && layout.series.length === this.layout.series.length;
    if (!same) this.layout = layout;
  }
}

function endOf(host: Host | null): number | null {
  return host?.state === 'offline' && host.last_seen_at ? Date.parse(host.last_seen_at) + 1_000 : null;
}
