import { expect, it } from 'vitest';
import { doneText, removable } from './bulk_labels';

it('offers to take away what was given by hand to any of them', () => {
  const hosts: { labelsByHand: Record<string, string> }[] = [{ labelsByHand: { role: 'db', prod: '' } }, { labelsByHand: { role: 'web' } }, { labelsByHand: {} }];
  expect(removable(hosts)).toEqual([{ key: 'prod', hosts: 1 }, { key: 'role', hosts: 2 }]);
  expect(removable([])).toEqual([]);
});

it('says what became of it', () => {
  expect(doneText({ changed: 1, unchanged: 0, failed: [] })).toBe('1 host was changed');
  expect(doneText({ changed: 3, unchanged: 2, failed: [] })).toBe('3 hosts were changed, 2 had these labels already');
});
