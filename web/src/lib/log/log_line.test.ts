import { describe, expect, it } from 'vitest';
import { fieldsText, fits, fold, lineText, merge, shownText, wholeText, type Line } from './log_line';

const line = (id: number, more: Partial<Line> = {}): Line => {
  const at = new Date(id * 1_000).toISOString();
  return { id, at, lastAt: at, level: 'info', component: '', step: 0, text: `line ${id}`, fields: {}, count: 1, ...more };
};
const ids = (lines: Line[]) => lines.map((one) => one.id);
const kLevels = ['debug', 'info', 'warning', 'error'];

describe('merge', () => {
  it('keeps each line once and in order, whichever way it came', () => {
    expect(ids(merge([line(1), line(2)], [line(3)]))).toEqual([1, 2, 3]);
    expect(ids(merge([line(1), line(2)], [line(2), line(3)]))).toEqual([1, 2, 3]);
    expect(ids(merge([line(1), line(4)], [line(3), line(2), line(4)]))).toEqual([1, 2, 3, 4]);
    expect(ids(merge([], [line(2), line(1)]))).toEqual([1, 2]);
    const lines = [line(1)];
    expect(merge(lines, [])).toBe(lines);
  });
  it('lets a repeat replace its line, and never counts down', () => {
    expect(merge([line(1, { count: 2 })], [line(1, { count: 5 })])[0]!.count).toBe(5);
    expect(merge([line(1, { count: 5 })], [line(1, { count: 2 })])[0]!.count).toBe(5);
  });
  it('keeps the newest when there are too many', () => {
    expect(ids(merge([line(1), line(2)], [line(3), line(4)], 3))).toEqual([2, 3, 4]);
  });
});

it('filters by level and text, fields and component included', () => {
  const all = { level: 'debug', text: '' };
  const one = line(1, { level: 'warning', component: 'fleet', fields: { host: 'Web-1' } });
  expect(fits(one, all, kLevels)).toBe(true);
  expect(fits(one, { ...all, level: 'warning' }, kLevels)).toBe(true);
  expect(fits(one, { ...all, level: 'error' }, kLevels)).toBe(false);
  for (const text of ['LINE 1', 'HOST=web', 'fleet']) expect(fits(one, { ...all, text }, kLevels)).toBe(true);
  expect(fits(one, { ...all, text: 'absent' }, kLevels)).toBe(false);
});

it('folds neighbours that say the same, and nothing else', () => {
  const rows = fold([line(1, { text: 'a' }), line(2, { text: 'a' }), line(3, { text: 'a', step: 2 }), line(4, { text: 'b' }), line(5, { text: 'a' }), line(6, { text: 'a', fields: { x: '1' } })]);
  expect(rows.map((row) => [row.id, row.text, row.count])).toEqual([[1, 'a', 2], [3, 'a', 1], [4, 'b', 1], [5, 'a', 1], [6, 'a', 1]]);
  expect(rows[0]!.lastAt).toBe(line(2).at);
});

it('shows text as text', () => {
  expect(shownText('\u001b[31mred\u001b[0m\u0007 done')).toBe('red done');
  expect(shownText('\u001b]0;a title\u0007text')).toBe('text');
  expect(shownText('')).toBe('');
  expect(shownText('a\tb')).toBe('a\tb');
  expect(fieldsText({ rows: '1', why: 'no room' })).toBe('rows=1 why="no room"');
});

it('shows the last state of a line that was written over, and all of them when asked', () => {
  const progress = 'copied 10%\rcopied 50%\r\u001b[Kcopied 100%\r\r';
  expect(shownText(progress)).toBe('copied 100%');
  expect(wholeText(progress)).toBe('copied 10%\ncopied 50%\ncopied 100%');
  expect(shownText('\r \r')).toBe('');
});

it('a line of the file is one line', () => {
  expect(lineText(line(1, { component: 'server', text: 'a\nb\u001b[31m', fields: { path: '/a b' }, count: 3 }))).toBe(
    '1970-01-01T00:00:01.000Z info server a\\u000ab\\u001b[31m path="/a b" (3 times)',
  );
});
