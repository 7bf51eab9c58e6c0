// Ages and moments. An age has one unit; the exact moment is for the tooltip and <time>.

const kThin = '\u202f';

export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}${kThin}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${kThin}min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}${kThin}h`;
  return `${Math.floor(seconds / 86_400)}${kThin}d`;
}

/** `4:05` of a countdown; never more than there is. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const full = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
  hourCycle: 'h23', timeZoneName: 'short',
});
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});
const dayOnly = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

export const clockTime = (ms: number) => clock.format(ms);
export const exactTime = (ms: number) => full.format(ms);
export const shortTime = (ms: number) => dayAndTime.format(ms);
const dayShort = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const monthShort = new Intl.DateTimeFormat(undefined, { month: 'short', year: '2-digit' });

/** For an axis. */
export const dayLabel = (ms: number) => dayShort.format(ms);
export const monthLabel = (ms: number) => monthShort.format(ms);

/** A moment within a stretch: with its day where the stretch has several. */
export const timeWithin = (ms: number, spanMs: number) => (spanMs > 72_000_000 ? shortTime(ms) : clockTime(ms));
/** A moment of a log that stretches over days, or not. */
export const logTime = (ms: number, spanMs: number) => (spanMs > 72_000_000 ? `${dayShort.format(ms)} ${clock.format(ms)}` : clock.format(ms));
export const day = (ms: number) => dayOnly.format(ms);

/** The time of day within 20 hours, else day and time. */
export const moment = (ms: number, now: number) => (Math.abs(now - ms) < 72_000_000 ? clockTime(ms) : shortTime(ms));

/** Times in a sentence of the server, as they are written everywhere else here. */
export const withLocalTimes = (text: string, now: number) =>
  text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => moment(Date.parse(time), now));

/** The zone that times on the screen are in, as `GMT+1` or `UTC`. */
export const zoneName = () =>
  new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts().find((part) => part.type === 'timeZoneName')?.value ?? '';

/** A value is stale when nothing was heard for three intervals, and at least 15 s (the server's own rule for offline). */
export function isStale(ageMs: number, intervalMs: number): boolean {
  return ageMs > Math.max(3 * intervalMs, 15_000);
}
