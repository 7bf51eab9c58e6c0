import { expect, it } from 'vitest';
import { labelProblem, nameProblem, toLabels } from './edit_rules';

it('takes names that can be read', () => {
  for (const name of ['web-1', 'a', 'Büro 2', 'x'.repeat(64)]) expect(nameProblem(name)).toBe('');
  for (const name of ['', ' web', 'x'.repeat(65), 'ü'.repeat(33), 'a\nb', 'a\u202eb', 'a\u200fb']) expect(nameProblem(name)).not.toBe('');
});

it('takes labels once, with keys that can be typed', () => {
  expect(labelProblem({ key: 'role', value: 'db' }, [])).toBe('');
  expect(labelProblem({ key: '', value: '' }, [])).toBe('');
  expect(labelProblem({ key: 'role', value: '' }, [{ key: 'role', value: 'x' }])).toContain('already');
  for (const key of ['', '-a', 'a b', 'a=b', 'ü', 'x'.repeat(64)]) expect(labelProblem({ key, value: 'v' }, [])).not.toBe('');
  for (const value of ['x'.repeat(129), 'a\tb', ' a', '\u2067']) expect(labelProblem({ key: 'a', value }, [])).not.toBe('');
  expect(toLabels([{ key: 'a', value: 'b' }, { key: '', value: '' }])).toEqual({ a: 'b' });
});
