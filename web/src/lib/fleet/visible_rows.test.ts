import { expect, it } from 'vitest';
import { visibleAmong, visibleRows } from './visible_rows';

it('is what is in sight and a little around it', () => {
  expect(visibleRows(0, 360, 36, 1000)).toEqual({ first: 0, end: 18 });
  expect(visibleRows(3600, 360, 36, 1000)).toEqual({ first: 92, end: 118 });
  expect(visibleRows(36_000, 360, 36, 1000)).toEqual({ first: 992, end: 1000 });
  expect(visibleRows(-200, 360, 36, 3)).toEqual({ first: 0, end: 3 });
  expect(visibleRows(0, 360, 36, 0)).toEqual({ first: 0, end: 0 });
});

it('is the same among rows of one height, and knows rows of different ones', () => {
  const even = Array.from({ length: 1001 }, (_, row) => row * 36);
  for (const offset of [-200, 0, 3600, 3610, 35_990]) {
    const exact = visibleRows(offset, 360, 36, 1000);
    const found = visibleAmong(offset, 360, even);
    expect(Math.abs(found.first - exact.first)).toBeLessThanOrEqual(1);
    expect(found.end).toBeGreaterThanOrEqual(exact.end);
    expect(found.end - exact.end).toBeLessThanOrEqual(1);
  }
  const tops = [0, 40, ...Array.from({ length: 60 }, (_, line) => 40 + (line + 1) * 96)];
  expect(visibleAmong(0, 100, tops)).toEqual({ first: 0, end: 10 });
  expect(visibleAmong(40 + 20 * 96, 96, tops)).toEqual({ first: 13, end: 31 });
  expect(visibleAmong(0, 360, [0])).toEqual({ first: 0, end: 0 });
});
