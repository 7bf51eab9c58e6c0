import { expect, it } from 'vitest';
import type { RunLogLine } from '../api/run_types';
import { fieldsText, fits, fold, kAllLines, merge, shownText } from './run_log_rules';

const line = (sequence: number, other: Partial<RunLogLine> = {}): RunLogLine => ({
  sequence, at: new Date(sequence * 1_000).toISOString(), level: 'info', step: 1, text: `line ${sequence}`, fields: {}, ...other,
});
const sequences = (lines: RunLogLine[]) => lines.map((one) => one.sequence);

it('keeps each line once and in order, whichever way it came', () => {
  expect(sequences(merge([line(1), line(2)], [line(3)]))).toEqual([1, 2, 3]);
  expect(sequences(merge([line(1), line(4)], [line(3), line(2), line(4)]))).toEqual([1, 2, 3, 4]);
  expect(sequences(merge([], [line(2), line(1)]))).toEqual([1, 2]);
  const lines = [line(1)];
  expect(merge(lines, [])).toBe(lines);
});

it('is bounded, the newest stay', () => {
  expect(sequences(merge([line(1), line(2)], [line(3), line(4)], 3))).toEqual([2, 3, 4]);
});

it('filters by level, step and text, fields included', () => {
  expect(fits(line(1), kAllLines)).toBe(true);
  expect(fits(line(1), { ...kAllLines, level: 'warning' })).toBe(false);
  expect(fits(line(1, { level: 'error' }), { ...kAllLines, level: 'warning' })).toBe(true);
  expect(fits(line(1), { ...kAllLines, step: 2 })).toBe(false);
  expect(fits(line(1), { ...kAllLines, text: 'LINE 1' })).toBe(true);
  expect(fits(line(1, { fields: { rows: '12' } }), { ...kAllLines, text: 'rows=12' })).toBe(true);
  expect(fits(line(1), { ...kAllLines, text: 'rows=12' })).toBe(false);
});

it('folds neighbours that say the same, and nothing else', () => {
  const rows = fold([line(1, { text: 'a' }), line(2, { text: 'a' }), line(3, { text: 'a', step: 2 }), line(4, { text: 'b' }), line(5, { text: 'a' }), line(6, { text: 'a', fields: { x: '1' } })]);
  expect(rows.map((row) => [row.line.text, row.count])).toEqual([['a', 2], ['a', 1], ['b', 1], ['a', 1], ['a', 1]]);
  expect(rows[0]!.lastAt).toBe(line(2).at);
});

it('shows text as text', () => {
  expect(shownText('\u001b[31mred\u001b[0m\r\u0007 done')).toBe('red done');
  expect(shownText('a\tb')).toBe('a\tb');
  expect(fieldsText({ rows: '1', why: 'no room' })).toBe('rows=1 why="no room"');
});
