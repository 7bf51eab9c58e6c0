import { expect, it } from 'vitest';
import { uptimeText } from './uptime';

const sum = (percent: number | null) => ({ hours: 24, percent, online_ms: 0, offline_ms: 0, unknown_ms: 0 });

it('never rounds up, and has a dash for what is not known', () => {
  expect(uptimeText(sum(100))).toBe('100\u202f%');
  expect(uptimeText(sum(99.9996))).toBe('99.99\u202f%');
  expect(uptimeText(sum(98.06))).toBe('98.0\u202f%');
  expect(uptimeText(sum(0))).toBe('0.0\u202f%');
  expect(uptimeText(sum(null))).toBe('–');
});
