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

it('orders equal hosts by name, with numbers as numbers, after what was given before them', () => {
  const host = (title: string): Entry => ({ ...entry(title, 'host'), byName: true });
  const entries = [entry('Web page'), entry('Web action'), host('web-10'), host('web-9'), host('Web-2')];
  expect(choose(entries, 'web').map((e) => e.title)).toEqual(['Web page', 'Web action', 'Web-2', 'web-9', 'web-10']);
});

it('finds by what is not shown, such as an address or a label', () => {
  const entries = [{ ...entry('alpha'), also: '10.0.0.7 tier=front' }, entry('beta')];
  expect(choose(entries, '10.0.0').map((e) => e.title)).toEqual(['alpha']);
  expect(choose(entries, 'front').map((e) => e.title)).toEqual(['alpha']);
  expect(choose(entries, 'back')).toEqual([]);
});
