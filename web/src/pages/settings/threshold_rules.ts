// Limits as people read and type them. Pure.
import type { Threshold, WatchKind } from '../../lib/api/types';
import { duration, kDash, significant } from '../../lib/format/number';

const kThin = '\u202f';

export function limitText(kind: Pick<WatchKind, 'unit' | 'has_limits'>, value: number | null): string {
  if (!kind.has_limits) return 'always';
  if (value === null) return kDash;
  if (kind.unit === 's') return value === 0 ? 'at once' : duration(value);
  return kind.unit ? `${significant(value)}${kThin}${kind.unit}` : significant(value);
}

/** With the side on which it is bad: `from 85 %`, `below 5 %`. */
export function sidedText(kind: Pick<WatchKind, 'unit' | 'has_limits' | 'is_below'>, value: number | null): string {
  const text = limitText(kind, value);
  if (!kind.has_limits || value === null || text === 'at once') return text;
  return `${kind.is_below ? 'below' : 'from'} ${text}`;
}

/** What a limit may be. */
export const rangeText = (kind: Pick<WatchKind, 'unit' | 'has_limits' | 'least' | 'most'>) => `${limitText(kind, kind.least)} to ${limitText(kind, kind.most)}`;

export const holdText = (seconds: number) => (seconds === 0 ? 'at once' : `for ${duration(seconds)}`);

/** The limits of a kind in one line, for where there are no columns. */
export const limitsText = (kind: Pick<WatchKind, 'unit' | 'has_limits' | 'is_below' | 'warning' | 'error' | 'hold_seconds'>): string => {
  if (!kind.has_limits) return 'Always a warning';
  const error = kind.error === null ? '' : `, error ${sidedText(kind, kind.error)}`;
  return `Warning ${sidedText(kind, kind.warning)}${error}${kind.hold_seconds === 0 ? '' : `, ${holdText(kind.hold_seconds)}`}`;
};

export function overrideText(kind: WatchKind, one: Threshold): string {
  const parts: string[] = [];
  if (one.is_watched !== null) parts.push(one.is_watched ? 'watched' : 'not watched');
  if (one.warning !== null) parts.push(`warning ${sidedText(kind, one.warning)}`);
  if (one.error !== null) parts.push(`error ${sidedText(kind, one.error)}`);
  if (one.hold_seconds !== null) parts.push(holdText(one.hold_seconds));
  return parts.join(', ');
}

/** What was typed into a field of numbers: nothing, a number, or why it is none. */
export function readNumber(text: string, least: number, most: number): { value?: number; problem?: string } {
  if (!text.trim()) return {};
  const value = Number(text.trim().replace(',', '.'));
  if (!Number.isFinite(value)) return { problem: 'This is no number.' };
  if (value < least || value > most) return { problem: `Must be from ${least} to ${most}.` };
  return { value };
}
