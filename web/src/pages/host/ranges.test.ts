import { expect, it } from 'vitest';
import { readRange, zoomTo } from './ranges';

const read = (text: string) => readRange(new URLSearchParams(text));

it('is live by default', () => {
  expect(read('')).toMatchObject({ kind: 'live', id: '15m' });
  expect(read('range=1h')).toMatchObject({ kind: 'live', id: '1h' });
  expect(read('range=9y')).toMatchObject({ kind: 'live', id: '15m' });
});

it('takes a fixed stretch when it makes sense', () => {
  expect(read('range=1h&from=1000&to=61000')).toMatchObject({ kind: 'fixed', from: 1000, to: 61000 });
  expect(read('from=9000&to=1000')).toMatchObject({ kind: 'live' });
  expect(read('from=x&to=y')).toMatchObject({ kind: 'live' });
});

it('widens a stretch that is too short', () => expect(zoomTo(10_000, 11_000)).toEqual({ from: '8000', to: '13000' }));
