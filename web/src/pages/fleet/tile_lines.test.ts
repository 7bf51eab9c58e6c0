import { expect, it } from 'vitest';
import { tileLines } from './tile_lines';

it('fills lines and gives headings their own', () => {
  expect(tileLines(['#a', '1', '2', '3', '#b', '4'], 2, (item) => item.startsWith('#'))).toEqual([['#a'], ['1', '2'], ['3'], ['#b'], ['4']]);
  expect(tileLines([], 3, () => false)).toEqual([]);
});
