// The cursor that all charts of a page share, moved by the keyboard.
import uPlot from 'uplot';

export const kCursorKey = 'host';
const charts = () => uPlot.sync(kCursorKey).plots;

/** Where the keyboard put it: it stays at that time when the charts move below it. The pointer's stays where the pointer is. */
let kept: number | null = null;
export const releaseCursor = () => (kept = null);

/** After new data or another stretch: what stands beside the cursor is read again. */
export function renewCursor(chart: uPlot): void {
  const { left = -1, top = 0 } = chart.cursor;
  if (left >= 0) chart.setCursor({ left: kept === null ? left : chart.valToPos(kept, 'x'), top }, true);
}

export function cursorTime(): number | null {
  const chart = charts()[0];
  const row = chart?.cursor.idx;
  return row === null || row === undefined ? null : (chart?.data[0]?.[row] ?? null);
}

/** By so many samples; from the newest one when there is no cursor yet. */
export function moveCursor(samples: number): void {
  const chart = charts()[0];
  const times = chart?.data[0];
  if (!chart || !times?.length) return;
  const from = chart.cursor.idx ?? times.length;
  const to = Math.min(times.length - 1, Math.max(0, from + samples));
  kept = times[to]!;
  for (const one of charts()) one.setCursor({ left: one.valToPos(kept, 'x'), top: 8 }, true);
}

export function clearCursor(): void {
  kept = null;
  for (const one of charts()) one.setCursor({ left: -10, top: -10 });
}
