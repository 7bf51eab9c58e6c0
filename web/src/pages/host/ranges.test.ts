import { expect, it } from 'vitest';
import { gapFor, isYoungFor, liveWindow, madeOf, readRange, zoomTo } from './ranges';

const read = (text: string) => readRange(new URLSearchParams(text));

it('is live by default', () => {
  expect(read('')).toMatchObject({ kind: 'live', id: '15m' });
  expect(read('range=1h')).toMatchObject({ kind: 'live', id: '1h' });
  expect(read('range=9y')).toMatchObject({ kind: 'live', id: '15m' });
});

it('shows all there is of a host that has just come, and never less than a minute', () => {
  const minute = 60_000;
  expect(liveWindow(15 * minute, 100 * minute, 0)).toEqual({ from: 85 * minute, to: 100 * minute, isAll: false });
  expect(liveWindow(15 * minute, 100 * minute, 85.1 * minute)).toEqual({ from: 85 * minute, to: 100 * minute, isAll: false });
  expect(liveWindow(15 * minute, 100 * minute, 96 * minute)).toEqual({ from: 96 * minute, to: 100 * minute, isAll: true });
  expect(liveWindow(15 * minute, 100 * minute, 100 * minute)).toEqual({ from: 99 * minute, to: 100 * minute, isAll: true });
});

it('takes a fixed stretch when it makes sense', () => {
  expect(read('range=1h&from=1000&to=61000')).toMatchObject({ kind: 'fixed', from: 1000, to: 61000 });
  expect(read('from=9000&to=1000')).toMatchObject({ kind: 'live' });
  expect(read('from=x&to=y')).toMatchObject({ kind: 'live' });
});

it('widens a stretch that is too short', () => expect(zoomTo(10_000, 11_000, 60_000)).toEqual({ from: '8000', to: '13000' }));

it('does not zoom past the end', () => expect(zoomTo(50_000, 70_000, 60_000)).toEqual({ from: '40000', to: '60000' }));

it('knows ranges up to thirteen months', () => {
  for (const id of ['5m', '15m', '1h', '6h', '24h', '7d', '30d', '13mo']) expect(read(`range=${id}`)).toMatchObject({ kind: 'live', id });
});

it('asks again for a host that fills less than half of a range', () => {
  const hour = 3_600_000;
  expect(isYoungFor(24 * hour, { from: 0, to: 11 * hour })).toBe(true);
  expect(isYoungFor(24 * hour, { from: 0, to: 13 * hour })).toBe(false);
});

it('breaks a line where a roll-up is missing, and at three heartbeats', () => {
  expect(gapFor(60_000, 5_000)).toBeLessThan(120_000);
  expect(gapFor(1_000, 5_000)).toBe(15_500);
});

it('says what a chart was made of', () => {
  expect(madeOf(120_000, 'minute', 5_000)).toBe('A point each 2\u202fmin, of minutes');
  expect(madeOf(43_200_000, 'hour', 5_000)).toBe('A point each 12\u202fh, of hours');
  expect(madeOf(1_500, 'ring', 1_000)).toBe('A point each 1.5\u202fs, of samples');
  expect(madeOf(500, 'ring', 1_000)).toBe('Every sample');
});
