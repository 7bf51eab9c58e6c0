// What the palette offers for what is typed: best matches first, then as they were given, hosts by name; at most 12.
import { byText } from '../lib/fleet/order';

export interface Entry {
  id: string;
  title: string;
  note: string;
  /** Words that find it and are not shown. */
  also?: string;
  /** Among equals it goes by its name, not by its place. */
  byName?: true;
  run: () => void;
}

const kMost = 12;

/** 0 no match; more is better. Every word must occur; the start of the title and of a word count more. */
export function score(title: string, typed: string): number {
  const text = title.toLowerCase();
  let total = 1;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    total += at === 0 ? 4 : /[\s\-_.]/.test(text[at - 1]!) ? 2 : 1;
  }
  return total;
}

export function choose(entries: Entry[], typed: string): Entry[] {
  return entries
    .map((entry, index) => ({ entry, index, value: Math.max(score(entry.title, typed), score(entry.note, typed) * 0.5, score(entry.also ?? '', typed) * 0.5) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || (a.entry.byName && b.entry.byName ? byText.compare(a.entry.title, b.entry.title) : 0) || a.index - b.index)
    .slice(0, kMost)
    .map(({ entry }) => entry);
}
