import { expect, it } from 'vitest';
import { uptimeText } from './uptime';

const kHourMs = 3_600_000;
const sum = (percent: number | null, known = 24) => ({ hours: 24, percent, online_ms: known * kHourMs, offline_ms: 0, unknown_ms: (24 - known) * kHourMs });

it('never rounds up, and has a dash for what is not known', () => {
  expect(uptimeText(sum(100))).toBe('100\u202f%');
  expect(uptimeText(sum(99.9996))).toBe('99.99\u202f%');
  expect(uptimeText(sum(98.06))).toBe('98.0\u202f%');
  expect(uptimeText(sum(0))).toBe('0.0\u202f%');
  expect(uptimeText(sum(null))).toBe('–');
});

it('says of how much, where most of the stretch is not known', () => {
  expect(uptimeText(sum(100, 23))).toBe('100\u202f%');
  expect(uptimeText(sum(100, 4 / 60))).toBe('100\u202f% of 4\u202fmin');
  expect(uptimeText({ ...sum(50, 5), hours: 720 })).toBe('50.0\u202f% of 5\u202fh');
});
