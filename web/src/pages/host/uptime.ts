// Uptime as people read it. Pure.
import type { UptimeAnswer } from '../../lib/api/types';
import { duration, kDash } from '../../lib/format/number';

export const kUptimeSpans = [
  { hours: 24, title: '24 h' },
  { hours: 168, title: '7 d' },
  { hours: 720, title: '30 d' },
];

/** With less of the stretch known than this, it is said of how much. */
const kNearlyAll = 0.95;

/** Never rounded up to what it is not: 99.9996 % is not 100 %, and a host of four minutes has no 30 days: `100 % of 4 min`. */
export function uptimeText(sum: UptimeAnswer['uptime'][number]): string {
  if (sum.percent === null) return kDash;
  const known = sum.online_ms + sum.offline_ms;
  const whole = known >= kNearlyAll * sum.hours * 3_600_000;
  const of = whole ? '' : ` of ${duration(known / 1_000)}`;
  if (sum.percent === 100) return `100\u202f%${of}`;
  const digits = sum.percent >= 99 ? 2 : 1;
  const scale = 10 ** digits;
  return `${(Math.floor(sum.percent * scale) / scale).toFixed(digits)}\u202f%${of}`;
}
