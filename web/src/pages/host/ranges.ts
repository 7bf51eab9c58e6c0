// What the address says about time on the host page: ?range=15m (live) or ?from=&to= (fixed, in ms).

export interface LiveRange {
  kind: 'live';
  id: string;
  spanMs: number;
  points: number;
}

export interface FixedRange {
  kind: 'fixed';
  from: number;
  to: number;
  points: number;
}

export type Range = LiveRange | FixedRange;

export const kRanges: (LiveRange & { title: string })[] = [
  { kind: 'live', id: '5m', title: '5 min', spanMs: 300_000, points: 300 },
  { kind: 'live', id: '15m', title: '15 min', spanMs: 900_000, points: 450 },
  { kind: 'live', id: '1h', title: '1 h', spanMs: 3_600_000, points: 720 },
  { kind: 'live', id: '6h', title: '6 h', spanMs: 6 * 3_600_000, points: 720 },
  { kind: 'live', id: '24h', title: '24 h', spanMs: 86_400_000, points: 720 },
  { kind: 'live', id: '7d', title: '7 d', spanMs: 7 * 86_400_000, points: 672 },
  { kind: 'live', id: '30d', title: '30 d', spanMs: 30 * 86_400_000, points: 720 },
  { kind: 'live', id: '13mo', title: '13 months', spanMs: 396 * 86_400_000, points: 792 },
];
const kByDefault = kRanges[1]!;
const kLeastZoomMs = 5_000;
const kLeastLiveMs = 60_000;
/** A first sample this close to the beginning, as a part of the range, is no sign of youth. */
const kSlackPart = 0.05;

export function readRange(query: URLSearchParams): Range {
  const from = Number(query.get('from'));
  const to = Number(query.get('to'));
  if (from > 0 && to - from >= kLeastZoomMs) return { kind: 'fixed', from, to, points: 720 };
  return kRanges.find((range) => range.id === query.get('range')) ?? kByDefault;
}

/**
 * The stretch that a live range shows, up to `end`. Of a host that is younger than the range all there is: a chart that is almost
 * empty tells nothing. At least a minute of it, so that what moves can be seen to move.
 */
export function liveWindow(spanMs: number, end: number, beganAt: number): { from: number; to: number; isAll: boolean } {
  const isAll = beganAt > end - spanMs * (1 - kSlackPart);
  return { from: isAll ? Math.min(beganAt, end - kLeastLiveMs) : end - spanMs, to: end, isAll };
}

/** A dragged stretch, widened to what can be read, and moved back when it would reach past `end`: nothing is there yet. */
export function zoomTo(from: number, to: number, end: number): { from: string; to: string } {
  const missing = Math.max(0, kLeastZoomMs - (to - from)) / 2;
  const beyond = Math.max(0, to + missing - end);
  return { from: String(Math.round(from - missing - beyond)), to: String(Math.round(to + missing - beyond)) };
}

/** A host that is younger than this part of a range is asked for once more, from its beginning: then its rows are as close as they can be. */
const kYoungPart = 0.5;
export const isYoungFor = (spanMs: number, window: { from: number; to: number }) => window.to - window.from < spanMs * kYoungPart;

/** Rows further apart than this have a hole between them. Roll-ups lie side by side; single samples come as they come. */
export const gapFor = (stepMs: number, intervalMs: number) => (stepMs >= 60_000 ? 1.5 * stepMs : 3 * Math.max(stepMs, intervalMs, 5_000)) + 500;

const kSteps: [number, string][] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']];

/** `2 min`: the largest unit that fits; `1.5 s`. */
export function stepName(stepMs: number): string {
  const [unitMs, unit] = kSteps.find(([ms]) => stepMs % ms === 0) ?? [1_000, 's'];
  return `${Number((stepMs / unitMs).toFixed(1))}\u202f${unit}`;
}

const kSources: Record<string, string> = { ring: 'samples', raw: 'samples', minute: 'minutes', hour: 'hours' };

/** What a chart was made of, in few words. Samples that come less often than there is room for points are all there. */
export const madeOf = (stepMs: number, tier: string, intervalMs: number) =>
  kSources[tier] === 'samples' && stepMs <= intervalMs ? 'Every sample' : `A point each ${stepName(stepMs)}, of ${kSources[tier] ?? tier}`;
