// The cursor that all charts of a page share, moved by the keyboard.
import uPlot from 'uplot';

export const kCursorKey = 'host';
const charts = () => uPlot.sync(kCursorKey).plots;

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
  for (const one of charts()) one.setCursor({ left: one.valToPos(times[to]!, 'x'), top: 8 });
}

export function clearCursor(): void {
  for (const one of charts()) one.setCursor({ left: -10, top: -10 });
}
