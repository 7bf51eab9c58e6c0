import { expect, it } from 'vitest';
import { nextSort, readSort, writeSort } from './fleet_url';

it('reads what it writes', () => {
  for (const text of ['-cpu', 'cpu', 'age', '-name']) expect(writeSort(readSort(text))).toBe(text);
  expect(readSort('nonsense')).toEqual({ key: 'name', descending: false });
  expect(writeSort(readSort(null))).toBeNull();
});

it('starts numbers from the largest and turns round', () => {
  expect(nextSort(readSort(null), 'disk')).toEqual({ key: 'disk', descending: true });
  expect(nextSort({ key: 'disk', descending: true }, 'disk')).toEqual({ key: 'disk', descending: false });
  expect(nextSort({ key: 'disk', descending: true }, 'name')).toEqual({ key: 'name', descending: false });
});
