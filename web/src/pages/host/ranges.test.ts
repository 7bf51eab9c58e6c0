import { expect, it } from 'vitest';
import { defaultRange, readRange, zoomTo } from './ranges';

const read = (text: string) => readRange(new URLSearchParams(text));

it('is live by default', () => {
  expect(read('')).toMatchObject({ kind: 'live', id: '15m' });
  expect(read('range=1h')).toMatchObject({ kind: 'live', id: '1h' });
  expect(read('range=9y')).toMatchObject({ kind: 'live', id: '15m' });
});

it('is short for a host that has just come', () => {
  expect(readRange(new URLSearchParams(), defaultRange(5_000))).toMatchObject({ id: '5m' });
  expect(readRange(new URLSearchParams('range=1h'), defaultRange(5_000))).toMatchObject({ id: '1h' });
  expect(defaultRange(86_400_000)).toBe('15m');
});

it('takes a fixed stretch when it makes sense', () => {
  expect(read('range=1h&from=1000&to=61000')).toMatchObject({ kind: 'fixed', from: 1000, to: 61000 });
  expect(read('from=9000&to=1000')).toMatchObject({ kind: 'live' });
  expect(read('from=x&to=y')).toMatchObject({ kind: 'live' });
});

it('widens a stretch that is too short', () => expect(zoomTo(10_000, 11_000)).toEqual({ from: '8000', to: '13000' }));
