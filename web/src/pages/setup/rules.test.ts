import { expect, it } from 'vitest';
import { nameProblem, passwordProblem, tokenFrom } from './rules';

it('counts characters, not code units', () => {
  expect(passwordProblem('short')).toContain('7 more are needed');
  expect(passwordProblem('elevenchars')).toContain('1 more is needed');
  expect(passwordProblem('😀'.repeat(12))).toBe('');
  expect(passwordProblem('a'.repeat(128))).toBe('');
  expect(passwordProblem('a'.repeat(130))).toContain('2 too many');
});

it('wants a name', () => {
  expect(nameProblem('  ')).not.toBe('');
  expect(nameProblem('ada')).toBe('');
});

it('reads the token from the fragment', () => {
  expect(tokenFrom('#token=fst_abc')).toBe('fst_abc');
  expect(tokenFrom('')).toBe('');
});
