// Numbers as people read them: three significant digits, the unit beside them, a dash where there is nothing.
import type { Unit } from '../api/types';

export const kDash = '–';
const kThin = '\u202f';

/** Three significant digits without an exponent; whole numbers of 100 and more stay whole. */
export const significant = (value: number) => trim(threeDigits(value));

/** As many digits after the point as three in all allow, zeros among them. */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size < 0.0005) return '0';
  if (size >= 99.95) return String(Math.round(value));
  const digits = size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return value.toFixed(digits);
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** What changes all the time keeps its zeros (`11.0 GiB`), so that nothing beside it moves; what stands still goes without. */
type Zeros = 'kept' | 'trimmed';

function scaled(value: number, base: number, units: readonly string[], zeros: Zeros): string {
  let size = Math.abs(value);
  let step = 0;
  // 999.5 would be written as 1000, a fourth digit: move on to the next unit before that.
  while (size >= 999.5 && step < units.length - 1) {
    size /= base;
    step += 1;
  }
  // 1000 bytes are 0.977 KiB: a third digit of less than one unit is no news.
  const digits = step > 0 && size < 0.995 ? size.toFixed(2) : threeDigits(size);
  // Bytes are whole: zeros after the point are for what was divided.
  const text = step > 0 && zeros === 'kept' ? digits : trim(digits);
  return `${value < 0 ? '-' : ''}${text}${kThin}${units[step]}`.trimEnd();
}

const kBinary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const kDecimal = ['', 'k', 'M', 'G', 'T'] as const;

export const bytes = (value: number, zeros: Zeros = 'kept') => scaled(Math.round(value), 1024, kBinary, zeros);
export const bytesPerSecond = (value: number, zeros: Zeros = 'kept') => `${scaled(value < 1 ? Math.round(value) : value, 1024, kBinary, zeros)}/s`;
export const count = (value: number, zeros: Zeros = 'kept') => scaled(value, 1000, kDecimal, zeros);
export const perSecond = (value: number, zeros: Zeros = 'kept') => {
  const text = scaled(value, 1000, kDecimal, zeros);
  return /[a-zA-Z]$/.test(text) ? `${text}/s` : `${text}${kThin}/s`;
};
export const percent = (value: number) => `${value >= 99.95 ? Math.round(value) : value.toFixed(1)}${kThin}%`;

/** A span of time in its two largest units: `3 d 4 h`, `12 min`, `7 s`. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor((total % 86_400) / 3_600), 'h'],
    [Math.floor((total % 3_600) / 60), 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([size]) => size > 0);
  if (first < 0) return `0${kThin}s`;
  return parts
    .slice(first, first + 2)
    .filter(([size], index) => index === 0 || size > 0)
    .map(([size, unit]) => `${size}${kThin}${unit}`)
    .join(' ');
}

export function quantity(value: number | null | undefined, unit: Unit, zeros: Zeros = 'kept'): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kDash;
  switch (unit) {
    case 'percent': return percent(value);
    case 'bytes': return bytes(value, zeros);
    case 'bytes_per_second': return bytesPerSecond(value, zeros);
    case 'per_second': return perSecond(value, zeros);
    case 'seconds': return duration(value);
    case 'celsius': return `${value.toFixed(1)}${kThin}°C`;
    case 'load': return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
    case 'count': return count(value, zeros);
  }
}

/** The same on an axis, where round numbers need no digits after the point. */
export function axisQuantity(value: number, unit: Unit): string {
  if (unit === 'percent' || unit === 'load') return significant(value) + (unit === 'percent' ? `${kThin}%` : '');
  if (unit === 'celsius') return `${significant(value)}${kThin}°C`;
  return quantity(value, unit, 'trimmed');
}
