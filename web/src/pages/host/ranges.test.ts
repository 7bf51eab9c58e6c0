import { expect, it } from 'vitest';
import { liveWindow, readRange, zoomTo } from './ranges';

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

it('widens a stretch that is too short', () => expect(zoomTo(10_000, 11_000)).toEqual({ from: '8000', to: '13000' }));
