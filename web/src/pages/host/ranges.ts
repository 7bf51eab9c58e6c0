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
];
/** A host that has just come fills a short range sooner. */
const kYoungMs = 600_000;
export const defaultRange = (enrolledAgoMs: number) => (enrolledAgoMs < kYoungMs ? '5m' : '15m');
const kLeastZoomMs = 5_000;

export function readRange(query: URLSearchParams, byDefault = '15m'): Range {
  const from = Number(query.get('from'));
  const to = Number(query.get('to'));
  if (from > 0 && to - from >= kLeastZoomMs) return { kind: 'fixed', from, to, points: 720 };
  const find = (id: string | null) => kRanges.find((range) => range.id === id);
  return find(query.get('range')) ?? find(byDefault) ?? kRanges[1]!;
}

/** A dragged stretch, widened to what can be read. */
export function zoomTo(from: number, to: number): { from: string; to: string } {
  const missing = Math.max(0, kLeastZoomMs - (to - from)) / 2;
  return { from: String(Math.round(from - missing)), to: String(Math.round(to + missing)) };
}

/** Rows further apart than this have a hole between them. */
export const gapFor = (stepMs: number, intervalMs: number) => 3 * Math.max(stepMs, intervalMs, 5_000) + 500;
