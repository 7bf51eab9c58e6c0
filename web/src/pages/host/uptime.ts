// Uptime as people read it. Pure.
import type { UptimeAnswer } from '../../lib/api/types';
import { kDash } from '../../lib/format/number';

export const kUptimeSpans = [
  { hours: 24, title: '24 h' },
  { hours: 168, title: '7 d' },
  { hours: 720, title: '30 d' },
];

/** Never rounded up to what it is not: 99.9996 % is not 100 %. */
export function uptimeText(sum: UptimeAnswer['uptime'][number]): string {
  if (sum.percent === null) return kDash;
  if (sum.percent === 100) return '100\u202f%';
  const digits = sum.percent >= 99 ? 2 : 1;
  const scale = 10 ** digits;
  return `${(Math.floor(sum.percent * scale) / scale).toFixed(digits)}\u202f%`;
}
