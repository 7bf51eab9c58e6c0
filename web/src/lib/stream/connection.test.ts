import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kHelloMs, kSilenceMs, StreamConnection, type StreamState } from './connection';
import type { SseFrame } from './sse_parser';

interface Call {
  url: string;
  init: RequestInit;
  /** Bytes for the page, and the end of the answer. */
  send(text: string): void;
  end(): void;
}

const hello = (topics: string[], epoch = 'e') =>
  `retry: 2000\n: ok\n\nevent: hello\ndata: ${JSON.stringify({ connection: 'c1', epoch, tick_ms: 500, topics, version: '1', now: Date.now() })}\n\n`;
const settle = () => vi.advanceTimersByTimeAsync(0);

let calls: Call[];
let streamStatus: number;
/** What the server knows; anything else is a 422. */
let isTopic: (name: string) => boolean;
let frames: SseFrame[];
let states: StreamState[];
let unauthorized: number;

function refusal(root: string, topics: string[]): Response | null {
  const errors = topics.flatMap((topic, place) => (isTopic(topic) ? [] : [{ pointer: `${root}/${place}`, detail: 'is no topic' }]));
  return errors.length > 0 ? new Response(JSON.stringify({ status: 422, errors }), { status: 422 }) : null;
}

function answer(url: string, init: RequestInit): Promise<Response> {
  const refused =
    init.method === 'PUT'
      ? refusal('/body/topics', (JSON.parse(String(init.body)) as { topics: string[] }).topics)
      : refusal('/query/topics', new URL(url, 'http://localhost').searchParams.get('topics')!.split(','));
  if (refused) {
    calls.push({ url, init, send() {}, end() {} });
    return Promise.resolve(refused);
  }
  if (init.method === 'PUT') {
    calls.push({ url, init, send() {}, end() {} });
    return Promise.resolve(new Response(null, { status: 204 }));
  }
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      init.signal?.addEventListener('abort', () => {
        try {
          controller.error(new Error('aborted'));
        } catch {
          // Ended already.
        }
      });
      calls.push({ url, init, send: (text) => controller.enqueue(encoder.encode(text)), end: () => controller.close() });
    },
  });
  return Promise.resolve(new Response(body, { status: streamStatus, headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } }));
}

function connect(topics = ['fleet']): StreamConnection {
  const connection = new StreamConnection({
    onFrames: (some) => frames.push(...some),
    onState: (state) => states.push(state),
    onUnauthorized: () => (unauthorized += 1),
  });
  connection.start(topics);
  return connection;
}

const phase = () => states.at(-1)?.phase;
const header = (call: Call | undefined, name: string) => (call?.init.headers as Record<string, string> | undefined)?.[name];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => answer(url, init));
  [calls, frames, states, streamStatus, unauthorized, isTopic] = [[], [], [], 200, 0, () => true];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('StreamConnection', () => {
  it('resumes from the id of a keep-alive without data', async () => {
    connect();
    await settle();
    calls[0]?.send(hello(['fleet']) + 'id: e-7\nevent: event\ndata: {}\n\n');
    await settle();
    calls[0]?.send(': still here\nid: e-9\n\n');
    await settle();
    calls[0]?.end();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(header(calls[1], 'Last-Event-ID')).toBe('e-9');
  });

  it('asks again when nobody says hello', async () => {
    connect();
    await vi.advanceTimersByTimeAsync(kHelloMs - 1_000);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(calls).toHaveLength(2);
    calls[1]!.send(hello(['fleet']));
    await settle();
    expect(phase()).toBe('live');
    await vi.advanceTimersByTimeAsync(kSilenceMs - 5_000);
    expect(calls).toHaveLength(2);
  });

  it('is live after hello and hands frames on', async () => {
    connect();
    await settle();
    calls[0]!.send(hello(['fleet']));
    calls[0]!.send('id: e-1\nevent: fleet_status\nda');
    calls[0]!.send('ta: {}\n\n');
    await settle();
    expect(calls[0]!.url).toBe('/api/v1/stream?topics=fleet');
    expect(phase()).toBe('live');
    expect(frames.map((frame) => frame.type)).toEqual(['hello', 'fleet_status']);
  });

  it('resumes after what it has seen', async () => {
    connect();
    await settle();
    calls[0]!.send(`${hello(['fleet'])}id: e-41\nevent: event\ndata: {}\n\n`);
    await settle();
    calls[0]!.end();
    await settle();
    expect(phase()).toBe('retrying');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(header(calls[1], 'Last-Event-ID')).toBe('e-41');
  });

  it('changes topics in place, and asks for them when it connects again', async () => {
    const connection = connect();
    await settle();
    calls[0]!.send(hello(['fleet']));
    await settle();
    connection.setTopics(['fleet', 'host:1']);
    connection.setTopics(['fleet', 'host:2']);
    await settle();
    const puts = calls.filter((call) => call.init.method === 'PUT');
    expect(puts.at(-1)?.url).toBe('/api/v1/stream/c1/topics');
    expect(JSON.parse(String(puts.at(-1)?.init.body))).toEqual({ topics: ['fleet', 'host:2'] });
    expect(states.at(-1)?.topics).toEqual(['fleet', 'host:2']);
    calls[0]!.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(decodeURIComponent(calls.at(-1)!.url)).toContain('topics=fleet,host:2');
  });

  it('leaves out at once what the server refuses, and never asks for it again', async () => {
    isTopic = (name) => name !== 'host:nope';
    const connection = connect(['fleet', 'host:nope']);
    await settle();
    expect(calls.map((call) => decodeURIComponent(call.url.split('=')[1]!))).toEqual(['fleet,host:nope', 'fleet']);
    calls[1]!.send(hello(['fleet']));
    await settle();
    expect(phase()).toBe('live');
    connection.setTopics(['fleet', 'host:nope']);
    await settle();
    expect(calls).toHaveLength(2);
  });

  it('leaves out in place what the server refuses', async () => {
    isTopic = (name) => name !== 'host:nope';
    const connection = connect(['fleet']);
    await settle();
    calls[0]!.send(hello(['fleet']));
    await settle();
    connection.setTopics(['events', 'fleet', 'host:nope']);
    await settle();
    expect(states.at(-1)?.topics).toEqual(['events', 'fleet']);
    expect(phase()).toBe('live');
  });

  it('asks for no more than the server takes, and for single hosts last', async () => {
    connect([...Array.from({ length: 40 }, (_, number) => `host:${number}`), 'logs']);
    await settle();
    const asked = decodeURIComponent(calls[0]!.url.split('=')[1]!).split(',');
    expect([asked.length, asked[0]]).toEqual([32, 'logs']);
  });

  it('waits when a refusal names nothing that can be left out', async () => {
    streamStatus = 422;
    connect();
    await settle();
    calls[0]!.end();
    await settle();
    expect([calls.length, phase()]).toEqual([1, 'retrying']);
  });

  it('gives up on a stream that is silent for 45 s', async () => {
    connect();
    await settle();
    calls[0]!.send(hello(['fleet']));
    await settle();
    await vi.advanceTimersByTimeAsync(kSilenceMs - 5_000);
    calls[0]!.send(': keep\n\n');
    await vi.advanceTimersByTimeAsync(kSilenceMs - 5_000);
    expect(phase()).toBe('live');
    await vi.advanceTimersByTimeAsync(12_000);
    expect(calls.length).toBeGreaterThan(1);
  });

  it('waits longer and longer when it is refused, but wakes at once', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    streamStatus = 503;
    const connection = connect();
    await vi.advanceTimersByTimeAsync(16_000);
    const refused = calls.length;
    expect(refused).toBe(5);
    connection.wake();
    await settle();
    expect(calls.length).toBe(refused + 1);
  });

  it('counts no attempt as a sign of life', async () => {
    connect();
    await settle();
    calls[0]!.send(hello(['fleet']));
    await settle();
    const heardAt = states.at(-1)!.lastByteAt;
    calls[0]!.end();
    streamStatus = 503;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(calls.length).toBeGreaterThan(2);
    expect(states.at(-1)?.lastByteAt).toBe(heardAt);
  });

  it('ends at 401 and says so', async () => {
    streamStatus = 401;
    connect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([calls.length, unauthorized, phase()]).toEqual([1, 1, 'stopped']);
  });
});
