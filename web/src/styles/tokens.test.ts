import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, difference, fromOklch, isShown, kEyes, seenBy, type Rgb } from './color_science';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

type Theme = 'light' | 'dark';
const kThemes: Theme[] = ['light', 'dark'];

/** `--name: light-dark(oklch(...), oklch(...))` of the tokens. */
function token(name: string, theme: Theme): Rgb {
  const color = /oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/g;
  const line = css.split('\n').find((one) => one.trim().startsWith(`--${name}:`)) ?? '';
  const found = [...line.matchAll(color)][theme === 'light' ? 0 : 1];
  if (!found) throw new Error(`no colour ${name}`);
  return fromOklch(Number(found[1]) / 100, Number(found[2]), Number(found[3]));
}

it('measures colours as others do (red against green of sRGB)', () => {
  expect(difference([1, 0, 0], [0, 1, 0])).toBeCloseTo(86.6, 1);
  expect(difference([0, 0, 1], [0, 0, 1])).toBe(0);
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 5);
});

describe.each(kThemes)('the eight colours of charts, %s', (theme) => {
  const colors = Array.from({ length: 8 }, (_, index) => token(`chart-${index + 1}`, theme));
  const pairs = colors.flatMap((_, second) => Array.from({ length: second }, (_, first) => [first, second] as const));

  it.each(Object.keys(kEyes))('are at least 10 apart by CIEDE2000: %s', (eye) => {
    const near = pairs
      .map(([a, b]) => ({ pair: `${a + 1}/${b + 1}`, apart: difference(seenBy(eye, colors[a]!), seenBy(eye, colors[b]!)) }))
      .filter(({ apart }) => apart < 10);
    expect(near).toEqual([]);
  });

  it('can be shown, seen on the page, and taken for neither amber nor red', () => {
    for (const color of colors) {
      expect(isShown(color)).toBe(true);
      expect(contrast(color, token('surface-0', theme))).toBeGreaterThanOrEqual(3);
      for (const state of ['late', 'failed']) expect(difference(color, token(state, theme))).toBeGreaterThan(12);
    }
  });
});

describe.each(kThemes)('text has 7:1 as WCAG asks at level AAA, %s', (theme) => {
  const everywhere = ['surface-0', 'surface-1', 'surface-2', 'accent-soft'];
  it.each([
    ['ink', everywhere], ['ink-soft', everywhere], ['ink-faint', ['surface-0', 'surface-1']], ['accent', ['surface-0', 'surface-1']],
    ['accent-ink', ['accent']], ['danger-ink', ['danger']],
  ])('%s', (ink, surfaces) => {
    for (const surface of surfaces) expect(contrast(token(ink, theme), token(surface, theme)), surface).toBeGreaterThanOrEqual(7);
  });
});
