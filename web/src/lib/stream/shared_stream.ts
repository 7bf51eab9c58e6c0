// The one stream of this browser. The leading tab reads it and passes everything on to the others; each tab says what it looks at.
// onFresh fires when what is on the screen may have missed something: fetch again.
import type { StreamMessage } from '../api/stream_types';
import { kNoState, StreamConnection, type StreamState } from './connection';
import { Interest, isAfter } from './interest';
import { seekLeadership, sharesBetweenTabs, type Leadership } from './leadership';
import type { SseFrame } from './sse_parser';

type Note =
  | { kind: 'interest'; tab: string; topics: string[] }
  | { kind: 'bye'; tab: string }
  | { kind: 'who' }
  | { kind: 'state'; state: StreamState }
  | { kind: 'frames'; frames: SseFrame[]; state: StreamState };

const kAnnounceMs = 20_000;
const kReadyMs = 400;

export class SharedStream {
  state: StreamState = { ...kNoState };
  private readonly tab = crypto.getRandomValues(new Uint32Array(2)).join('');
  private readonly counts = new Map<string, number>();
  private readonly interest = new Interest();
  private channel: BroadcastChannel | null = null;
  private leadership: Leadership | null = null;
  private connection: StreamConnection | null = null;
  private announceTimer: ReturnType<typeof setInterval> | undefined;
  private announceQueued = false;
  private lastId = '';
  private epoch = '';
  private startedAt = 0;
  private readonly messageListeners = new Set<(message: StreamMessage) => void>();
  private readonly stateListeners = new Set<(state: StreamState) => void>();
  private readonly freshListeners = new Set<() => void>();
  onUnauthorized: () => void = () => {};

  start(): void {
    if (this.leadership) return;
    this.startedAt = Date.now();
    this.setState({ ...this.state, phase: 'connecting', since: this.startedAt });
    if (sharesBetweenTabs()) {
      this.channel = new BroadcastChannel('fettle.stream');
      this.channel.onmessage = (event: MessageEvent<Note>) => this.hear(event.data);
    }
    this.leadership = seekLeadership(() => this.lead());
    this.announceTimer = setInterval(() => this.announce(), kAnnounceMs);
    this.announce();
  }

  stop(): void {
    if (!this.leadership) return;
    this.post({ kind: 'bye', tab: this.tab });
    clearInterval(this.announceTimer);
    this.connection?.stop();
    this.connection = null;
    this.setState({ ...this.state, phase: 'stopped' });
    this.leadership.release();
    this.leadership = null;
    this.channel?.close();
    this.channel = null;
  }

  get running(): boolean {
    return this.leadership !== null;
  }

  wake(): void {
    this.connection?.wake();
    this.announce();
  }

  /** Looks at a topic until the returned function is called. */
  look(topic: string): () => void {
    this.counts.set(topic, (this.counts.get(topic) ?? 0) + 1);
    this.queueAnnounce();
    return () => {
      const left = (this.counts.get(topic) ?? 1) - 1;
      if (left > 0) this.counts.set(topic, left);
      else this.counts.delete(topic);
      this.queueAnnounce();
    };
  }

  /** Resolves when the topic is confirmed, or after `mostMs`: then the page fetches, and misses nothing in between. */
  ready(topic: string, mostMs = kReadyMs): Promise<void> {
    if (this.state.topics.includes(topic)) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onState((state) => state.topics.includes(topic) && done());
      const timer = setTimeout(() => done(), mostMs);
      const done = () => {
        clearTimeout(timer);
        stop();
        resolve();
      };
    });
  }

  onMessage(listener: (message: StreamMessage) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  onState(listener: (state: StreamState) => void): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }

  onFresh(listener: () => void): () => void {
    this.freshListeners.add(listener);
    return () => this.freshListeners.delete(listener);
  }

  private lead(): void {
    if (!this.leadership) return;
    this.interest.set(this.tab, this.topics(), Date.now());
    this.connection = new StreamConnection(
      {
        onFrames: (frames) => this.takeFrames(frames),
        onState: (state) => {
          this.setState(state);
          this.post({ kind: 'state', state });
        },
        onUnauthorized: () => this.onUnauthorized(),
      },
      this.lastId,
    );
    this.post({ kind: 'who' });
    this.connection.start(this.interest.union(Date.now(), this.tab));
  }

  private takeFrames(frames: SseFrame[]): void {
    // The connection's state object carries the newest lastByteAt only when it changes phase; stamp it here.
    const state = { ...this.state, lastByteAt: Date.now() };
    this.post({ kind: 'frames', frames, state });
    this.deliver(frames, state);
  }

  private hear(note: Note): void {
    switch (note.kind) {
      case 'interest':
        this.interest.set(note.tab, note.topics, Date.now());
        return this.applyInterest();
      case 'bye':
        this.interest.drop(note.tab);
        return this.applyInterest();
      case 'who':
        return this.announce();
      case 'state':
        return this.setState(note.state);
      case 'frames':
        return this.deliver(note.frames, note.state);
    }
  }

  private deliver(frames: SseFrame[], state: StreamState): void {
    this.setState(state);
    for (const frame of frames) {
      if (frame.type === 'hello') this.greet(frame);
      else if (isAfter(frame.id, this.lastId)) {
        if (frame.id) this.lastId = frame.id;
        if (frame.type === 'resync') this.fresh();
        const message = { type: frame.type, data: JSON.parse(frame.data) } as StreamMessage;
        for (const listener of this.messageListeners) listener(message);
      }
    }
  }

  private greet(frame: SseFrame): void {
    const message = { type: 'hello', data: JSON.parse(frame.data) } as StreamMessage & { type: 'hello' };
    const known = this.epoch;
    this.epoch = message.data.epoch;
    if (known && known !== this.epoch) this.lastId = '';
    for (const listener of this.messageListeners) listener(message);
    // The first hello matters only when pages did not wait for it (see ready()).
    if (known ? known !== this.epoch : Date.now() - this.startedAt > kReadyMs) this.fresh();
  }

  private fresh(): void {
    for (const listener of this.freshListeners) listener();
  }

  private setState(state: StreamState): void {
    this.state = state;
    // A tab that joins later learns the epoch from the leader.
    this.epoch ||= state.phase === 'live' && !this.connection ? state.epoch : '';
    for (const listener of this.stateListeners) listener(state);
  }

  private topics(): string[] {
    return [...this.counts.keys()].sort();
  }

  private queueAnnounce(): void {
    if (this.announceQueued) return;
    this.announceQueued = true;
    queueMicrotask(() => {
      this.announceQueued = false;
      this.announce();
    });
  }

  private announce(): void {
    if (!this.leadership) return;
    this.post({ kind: 'interest', tab: this.tab, topics: this.topics() });
    this.interest.set(this.tab, this.topics(), Date.now());
    this.applyInterest();
  }

  private applyInterest(): void {
    if (!this.connection) return;
    this.connection.setTopics(this.interest.union(Date.now(), this.tab));
    this.post({ kind: 'state', state: this.state });
  }

  private post(note: Note): void {
    this.channel?.postMessage(note);
  }
}
