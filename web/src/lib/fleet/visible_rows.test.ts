import { expect, it } from 'vitest';
import { visibleRows } from './visible_rows';

it('is what is in sight and a little around it', () => {
  expect(visibleRows(0, 360, 36, 1000)).toEqual({ first: 0, end: 18 });
  expect(visibleRows(3600, 360, 36, 1000)).toEqual({ first: 92, end: 118 });
  expect(visibleRows(36_000, 360, 36, 1000)).toEqual({ first: 992, end: 1000 });
  expect(visibleRows(-200, 360, 36, 3)).toEqual({ first: 0, end: 3 });
  expect(visibleRows(0, 360, 36, 0)).toEqual({ first: 0, end: 0 });
});
