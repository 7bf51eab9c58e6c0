// The fleet: loaded once, then fed by the stream. The screen gets a new list at most every 500 ms.
import { sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { StreamMessage } from '../api/stream_types';
import { FleetModel, type FleetHost } from '../fleet/fleet_model';
import { Sparks, type Spark } from '../fleet/sparks';
import { stream } from '../stream';
import { keepFresh } from './live.svelte';
import { session } from './session.svelte';

const kBatchMs = 500;
const kReloadMs = 5_000;

class Fleet {
  list = $state.raw<FleetHost[]>([]);
  /** Hosts of several environments side by side: each says its own. */
  mixed = $derived(new Set(this.list.map((host) => host.environmentId)).size > 1);
  loaded = $state(false);
  problem = $state('');
  private readonly model = new FleetModel();
  private readonly sparks = new Sparks();
  private loadedAt = 0;
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private loading: StreamMessage[] | null = null;
  private readonly fetching = new Set<string>();
  private stops: (() => void)[] = [];

  start(): void {
    this.stops = [stream.look('fleet'), stream.onMessage((message) => this.hear(message)), keepFresh(() => void this.load())];
    void stream.ready('fleet').then(() => this.load());
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.model.load([]);
    this.list = [];
    this.loaded = false;
  }

  spark(host: FleetHost): Spark | undefined {
    return this.sparks.get(host.number);
  }

  find(id: string): FleetHost | undefined {
    return this.list.find((host) => host.id === id);
  }

  /**
   * The rows as soon as the hosts are there, the little lines when they come. Messages that arrive while an answer is on its way
   * are applied again on top of it.
   */
  async load(): Promise<void> {
    if (this.loading) return;
    // Who may see nothing is not told of hosts, and need not ask.
    if (session.info?.environments.length === 0) {
      this.model.load([]);
      this.loaded = true;
      this.problem = '';
      return this.flush();
    }
    const missed: StreamMessage[] = (this.loading = []);
    this.loadedAt = Date.now();
    const sparks = api.sparklines().catch(() => null);
    try {
      const hosts = await api.hosts();
      if (this.stops.length === 0) return;
      this.model.load(hosts);
      for (const message of missed) this.applyToHosts(message);
      this.loaded = true;
      this.problem = '';
      this.flush();
      const lines = await sparks;
      if (this.stops.length === 0 || !lines) return;
      this.sparks.load(lines);
      for (const message of missed) if (message.type === 'fleet_status') this.sparks.apply(message.data);
      this.flush();
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loading = null;
    }
  }

  private hear(message: StreamMessage): void {
    if (message.type !== 'fleet_status' && message.type !== 'status_change') return;
    this.loading?.push(message);
    if (message.type === 'fleet_status') this.sparks.apply(message.data);
    this.applyToHosts(message);
    this.flushTimer ??= setTimeout(() => this.flush(), kBatchMs);
  }

  private applyToHosts(message: StreamMessage): void {
    if (message.type === 'fleet_status') {
      if (this.model.applyStatus(message.data) === 'unknown_host') this.loadSoon();
    } else if (message.type === 'status_change') {
      if (this.model.applyChange(message.data) === 'unknown_host') void this.fetchHost(message.data.host_id);
    }
  }

  /** Numbers of hosts that are not in the list: fetch it again, but never more often than every few seconds. */
  private loadSoon(): void {
    if (this.loading || Date.now() - this.loadedAt < kReloadMs) return;
    void this.load();
  }

  private async fetchHost(id: string): Promise<void> {
    if (this.fetching.has(id)) return;
    this.fetching.add(id);
    try {
      this.model.putHost(await api.host(id));
      this.flush();
    } catch {
      // Gone again, or not ours to see.
    } finally {
      this.fetching.delete(id);
    }
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.list = this.model.list();
  }
}

export const fleet = new Fleet();
