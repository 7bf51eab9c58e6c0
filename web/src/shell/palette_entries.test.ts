import { expect, it } from 'vitest';
import { choose, score, type Entry } from './palette_entries';

const entry = (title: string, note = ''): Entry => ({ id: title, title, note, run: () => {} });

it('prefers the start of the title, then of a word', () => {
  expect(score('fleet', 'fl')).toBeGreaterThan(score('go to fleet', 'fl'));
  expect(score('go to fleet', 'fl')).toBeGreaterThan(score('waffle', 'fl'));
  expect(score('fleet', 'x')).toBe(0);
});

it('wants every word, keeps the order of equals and is bounded', () => {
  const entries = [entry('Fleet'), entry('web-1', 'host'), entry('web-2', 'host'), ...Array.from({ length: 40 }, (_, i) => entry(`db-${i}`))];
  expect(choose(entries, 'web').map((e) => e.title)).toEqual(['web-1', 'web-2']);
  expect(choose(entries, 'web 2').map((e) => e.title)).toEqual(['web-2']);
  expect(choose(entries, '')).toHaveLength(12);
  expect(choose(entries, 'host').map((e) => e.title)).toEqual(['web-1', 'web-2']);
});
