import { expect, it } from 'vitest';
import { holdText, limitText, limitsText, rangeText, readNumber, sidedText } from './threshold_rules';

it('writes limits with their unit, times as times, and none as a dash', () => {
  expect(limitText({ unit: '%', has_limits: true }, 85)).toBe('85\u202f%');
  expect(limitText({ unit: 's', has_limits: true }, 600)).toBe('10\u202fmin');
  expect(limitText({ unit: 's', has_limits: true }, 0)).toBe('at once');
  expect(limitText({ unit: '', has_limits: true }, null)).toBe('–');
  expect(limitText({ unit: '', has_limits: false }, null)).toBe('always');
  expect(holdText(0)).toBe('at once');
});

it('puts the limits of a kind in one line', () => {
  const kind = { unit: '%', warning: 85, error: 95, hold_seconds: 60, has_limits: true, is_below: false };
  expect(limitsText(kind)).toBe('Warning from 85\u202f%, error from 95\u202f%, for 1\u202fmin');
  expect(limitsText({ ...kind, warning: 5, error: 2, is_below: true })).toBe('Warning below 5\u202f%, error below 2\u202f%, for 1\u202fmin');
  expect(sidedText({ unit: 's', has_limits: true, is_below: false }, 0)).toBe('at once');
  expect(rangeText({ ...kind, least: 0, most: 101 })).toBe('0\u202f% to 101\u202f%');
  expect(limitsText({ ...kind, error: null, hold_seconds: 0 })).toBe('Warning from 85\u202f%');
  expect(limitsText({ ...kind, has_limits: false })).toBe('Always a warning');
});

it('reads numbers, leaves out what is empty, and says what is allowed', () => {
  expect(readNumber(' 90,5 ', 0, 101)).toEqual({ value: 90.5 });
  expect(readNumber('  ', 0, 101)).toEqual({});
  expect(readNumber('many', 0, 101).problem).toContain('no number');
  expect(readNumber('102', 0, 101).problem).toBe('Must be from 0 to 101.');
});
