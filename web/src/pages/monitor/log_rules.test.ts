import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../lib/api/types';
import { fits, lineText, merge } from './log_rules';

const line = (id: number, more: Partial<LogLine> = {}): LogLine => ({
  id, at: '2026-11-27T10:00:00.000Z', last_at: '2026-11-27T10:00:00.000Z', level: 'info', component: 'server', message: `line ${id}`, fields: {}, count: 1, ...more,
});
const ids = (lines: LogLine[]) => lines.map((one) => one.id);

describe('merge', () => {
  it('puts new lines at the end and knows old ones', () => {
    expect(ids(merge([line(1), line(2)], [line(2), line(3)]))).toEqual([1, 2, 3]);
  });
  it('lets a repeat replace its line, and never counts down', () => {
    expect(merge([line(1, { count: 2 })], [line(1, { count: 5 })])[0]!.count).toBe(5);
    expect(merge([line(1, { count: 5 })], [line(1, { count: 2 })])[0]!.count).toBe(5);
  });
  it('keeps the newest when there are too many', () => {
    expect(ids(merge([line(1), line(2)], [line(3), line(4)], 3))).toEqual([2, 3, 4]);
  });
  it('brings what came out of order into order', () => {
    expect(ids(merge([line(5)], [line(7), line(3), line(6)]))).toEqual([3, 5, 6, 7]);
  });
});

describe('fits', () => {
  it('asks for level and text', () => {
    const one = line(1, { level: 'warn', fields: { host: 'Web-1' } });
    expect(fits(one, { level: 'warn', text: '' })).toBe(true);
    expect(fits(one, { level: 'error', text: '' })).toBe(false);
    expect(fits(one, { level: 'trace', text: 'HOST=web' })).toBe(true);
    expect(fits(one, { level: 'trace', text: 'absent' })).toBe(false);
  });
});

it('a line of the file is one line', () => {
  expect(lineText(line(1, { message: 'a\nb\u001b[31m', fields: { path: '/a b' }, count: 3 }))).toBe(
    '2026-11-27T10:00:00.000Z info server a\\u000ab\\u001b[31m path="/a b" (3 times)',
  );
});
