import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StreamMessage } from '../api/stream_types';
import type { Host, Sparklines } from '../api/types';

const asked = vi.hoisted(() => ({ hosts: (_: unknown) => {}, sparks: (_: unknown) => {}, hear: (_: unknown) => {} }));

vi.mock('../stream', () => ({
  stream: {
    look: () => () => {},
    ready: () => Promise.resolve(),
    onMessage: (listener: (message: unknown) => void) => {
      asked.hear = listener;
      return () => {};
    },
  },
}));
vi.mock('./live.svelte', () => ({ keepFresh: () => () => {} }));
vi.mock('../api/endpoints', () => ({
  api: {
    hosts: () => new Promise((resolve) => (asked.hosts = resolve)),
    sparklines: () => new Promise((resolve) => (asked.sparks = resolve)),
  },
}));

const { fleet } = await import('./fleet.svelte');

const host = { id: 'host_1', number: 1, name: 'web', state: 'online', state_since: '2026-01-01T00:00:00Z', labels: {}, interval_ms: 1000 } as unknown as Host;
const at = 1_800_000_000_000;
const lines = { step_ms: 30_000, times: [at], hosts: [{ number: 1, cpu_percent: [7], rx: [1], tx: [1] }] } as unknown as Sparklines;
const status = (cpu: number) => ({ type: 'fleet_status', data: { at: at + 30_000, hosts: [[1, 1, cpu * 10, 0, 0, 0, 0]] } }) as unknown as StreamMessage;
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(async () => {
  vi.useFakeTimers();
  fleet.start();
  await settle();
});
afterEach(() => {
  fleet.stop();
  vi.useRealTimers();
});

it('shows the rows before the little lines have come', async () => {
  asked.hosts([host]);
  await settle();
  expect(fleet.loaded).toBe(true);
  expect(fleet.list.map((one) => one.name)).toEqual(['web']);
  asked.sparks(lines);
  await settle();
  expect(fleet.spark(fleet.list[0]!)?.cpu).toEqual([7]);
});

it('carries the lines on with what was heard while they were on their way', async () => {
  asked.hear(status(20));
  asked.hosts([host]);
  await settle();
  expect(fleet.list[0]?.cpu).toBe(20);
  asked.sparks(lines);
  await settle();
  expect(fleet.spark(fleet.list[0]!)?.cpu).toEqual([7, 20]);
});

it('does without the lines when they cannot be had', async () => {
  asked.hosts([host]);
  asked.sparks(Promise.reject(new Error('no')));
  await settle();
  expect([fleet.loaded, fleet.problem]).toEqual([true, '']);
});
