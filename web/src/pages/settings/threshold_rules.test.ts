import { expect, it } from 'vitest';
import { holdText, limitText, readNumber } from './threshold_rules';

it('writes limits with their unit, times as times, and none as a dash', () => {
  expect(limitText({ unit: '%', has_limits: true }, 85)).toBe('85\u202f%');
  expect(limitText({ unit: 's', has_limits: true }, 600)).toBe('10\u202fm');
  expect(limitText({ unit: 's', has_limits: true }, 0)).toBe('at once');
  expect(limitText({ unit: '', has_limits: true }, null)).toBe('–');
  expect(limitText({ unit: '', has_limits: false }, null)).toBe('always');
  expect(holdText(0)).toBe('at once');
});

it('reads numbers, leaves out what is empty, and says what is allowed', () => {
  expect(readNumber(' 90,5 ', 0, 101)).toEqual({ value: 90.5 });
  expect(readNumber('  ', 0, 101)).toEqual({});
  expect(readNumber('many', 0, 101).problem).toContain('no number');
  expect(readNumber('102', 0, 101).problem).toBe('Must be from 0 to 101.');
});
