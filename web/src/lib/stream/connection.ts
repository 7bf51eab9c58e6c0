// One reading of GET /api/v1/stream, kept alive: resumes with Last-Event-ID, reconnects with backoff, changes topics in place.
// Knows nothing of tabs. start() begins, stop() ends; callbacks come from the same thread.
import { base } from '../router/base';
import type { StreamHello } from '../api/stream_types';
import { Backoff } from './backoff';
import { refusedTopics } from './refused_topics';
import { SseParser, type SseFrame } from './sse_parser';

export type Phase = 'connecting' | 'live' | 'retrying' | 'stopped';

export interface StreamState {
  phase: Phase;
  /** When this phase began, and when the last byte came (0: none yet); ms of the browser's clock. */
  since: number;
  lastByteAt: number;
  nextAttemptAt: number;
  /** The topics that the server has confirmed. */
  topics: string[];
  /** From the last hello: the server's life, its version, and its clock minus ours. */
  epoch: string;
  version: string;
  clockOffsetMs: number;
}

export const kNoState: StreamState = {
  phase: 'stopped', since: 0, lastByteAt: 0, nextAttemptAt: 0, topics: [], epoch: '', version: '', clockOffsetMs: 0,
};

export const kSilenceMs = 45_000;
/** The first word comes at once: who does not get it asks again, rather than leave every tab without a stream. */
export const kHelloMs = 12_000;
const kWatchMs = 3_000;
/** As many as the server takes; single hosts (host:...) are the first to be left out. */
const kMostTopics = 32;
/** After waking up, a stream that was silent for longer than a keep-alive period is not trusted. */
const kSuspectMs = 20_000;

export interface ConnectionEvents {
  onFrames(frames: SseFrame[]): void;
  onState(state: StreamState): void;
  onUnauthorized(): void;
}

export class StreamConnection {
  private state: StreamState = { ...kNoState };
  private wanted: string[] = [];
  /** What the server does not know: never asked for again, or one wrong address would end the stream of every tab. */
  private readonly refused = new Set<string>();
  private connectionId: string | null = null;
  private controller: AbortController | null = null;
  private wakeUp: (() => void) | null = null;
  private running = false;
  private changing = false;
  private readonly backoff = new Backoff();

  constructor(private readonly events: ConnectionEvents, public lastEventId: string = '') {}

  start(topics: string[]): void {
    if (this.running) return;
    this.running = true;
    this.want(topics);
    void this.run();
  }

  stop(): void {
    this.running = false;
    this.controller?.abort();
    this.wakeUp?.();
    this.enter('stopped');
  }

  /** The tab or the network came back: try at once, and do not trust a stream that has been silent. */
  wake(): void {
    this.backoff.reset();
    if (this.state.phase === 'retrying') this.wakeUp?.();
    else if (this.state.phase === 'live' && Date.now() - this.state.lastByteAt > kSuspectMs) this.controller?.abort();
  }

  setTopics(topics: string[]): void {
    this.want(topics);
    void this.putTopics();
  }

  private want(topics: string[]): void {
    const known = topics.filter((topic) => !this.refused.has(topic));
    this.wanted = known.sort((a, b) => Number(a.includes(':')) - Number(b.includes(':'))).slice(0, kMostTopics);
  }

  /** Leaves out what a 422 names; false when it names nothing that was asked for. */
  private async forgetRefused(response: Response, asked: string[]): Promise<boolean> {
    const refused = refusedTopics(await response.json().catch(() => null), asked);
    for (const topic of refused) this.refused.add(topic);
    this.want(this.wanted);
    return refused.length > 0;
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.enter('connecting');
      try {
        await this.read();
      } catch {
        // Refused, cut or silent: all end in another attempt.
      }
      this.connectionId = null;
      if (!this.running) break;
      const delay = this.backoff.next();
      this.state.nextAttemptAt = Date.now() + delay;
      this.enter('retrying');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delay);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = null;
    }
  }

  private async read(): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    // An attempt is no byte: what the screen says was heard, was heard.
    const begunAt = Date.now();
    const watch = setInterval(() => {
      const limit = this.state.phase === 'live' ? kSilenceMs : kHelloMs;
      if (Date.now() - Math.max(begunAt, this.state.lastByteAt) > limit) controller.abort();
    }, kWatchMs);
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (this.lastEventId) headers['Last-Event-ID'] = this.lastEventId;
      let asked: string[];
      let response: Response;
      do {
        asked = this.wanted;
        const query = new URLSearchParams({ topics: asked.join(',') });
        response = await fetch(`${base}/api/v1/stream?${query}`, { headers, cache: 'no-store', signal: controller.signal });
      } while (response.status === 422 && (await this.forgetRefused(response, asked)));
      if (response.status === 401) {
        this.stop();
        this.events.onUnauthorized();
        return;
      }
      const type = response.headers.get('Content-Type') ?? '';
      if (!response.ok || !response.body || !type.startsWith('text/event-stream')) throw new Error('no stream');
      await this.pump(response.body.getReader());
    } finally {
      clearInterval(watch);
      controller.abort();
    }
  }

  private async pump(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let frames: SseFrame[] = [];
    const parser = new SseParser((frame) => frames.push(frame));
    while (this.running) {
      const { done, value } = await reader.read();
      if (done) return;
      this.state.lastByteAt = Date.now();
      frames = [];
      parser.push(decoder.decode(value, { stream: true }));
      for (const frame of frames) {
        if (frame.type === 'hello') this.greet(JSON.parse(frame.data) as StreamHello);
      }
      if (parser.lastEventId) this.lastEventId = parser.lastEventId;
      if (frames.length > 0) this.events.onFrames(frames);
      else this.events.onState({ ...this.state });
    }
  }

  private greet(hello: StreamHello): void {
    this.connectionId = hello.connection;
    const { topics, epoch, version } = hello;
    Object.assign(this.state, { topics, epoch, version, clockOffsetMs: hello.now - Date.now() });
    this.backoff.reset();
    this.enter('live');
    void this.putTopics();
  }

  private async putTopics(): Promise<void> {
    if (this.changing) return;
    this.changing = true;
    try {
      while (this.connectionId && !same(this.state.topics, this.wanted)) {
        const connection = this.connectionId;
        const topics = this.wanted;
        const response = await fetch(`${base}/api/v1/stream/${connection}/topics`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ topics }),
          signal: AbortSignal.timeout(10_000),
        });
        if (this.connectionId !== connection) continue;
        if (response.ok) this.state.topics = topics;
        else if (response.status === 404) this.controller?.abort();
        else if (response.status === 422 && (await this.forgetRefused(response, topics))) continue;
        if (!response.ok) break;
        this.events.onState({ ...this.state });
      }
    } catch {
      // The stream itself is about to notice.
    } finally {
      this.changing = false;
    }
  }

  private enter(phase: Phase): void {
    if (phase !== 'live') this.state.topics = [];
    this.state = { ...this.state, phase, since: this.state.phase === phase ? this.state.since : Date.now() };
    this.events.onState({ ...this.state });
  }
}

function same(a: string[], b: string[]): boolean {
  return a.length === b.length && b.every((topic) => a.includes(topic));
}
