// Events as marks on the time axis: a hairline and a small shape at its foot, in the colour of the severity.
import type uPlot from 'uplot';
import type { Event, Severity } from '../api/types';

const kApartPx = 8;

export function drawMarks(plot: uPlot, events: Event[], colors: Record<Severity, string>): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  const drawn = new Map<Severity, number>();
  for (const event of events) {
    const at = Date.parse(event.at);
    if (at < plot.scales.x!.min! || at > plot.scales.x!.max!) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
    // Two of one kind that lie on each other are one mark.
    if (Math.abs((drawn.get(event.severity) ?? -Infinity) - x) < kApartPx * ratio) continue;
    drawn.set(event.severity, x);
    const foot = bbox.top + bbox.height;
    ctx.strokeStyle = ctx.fillStyle = colors[event.severity];
    ctx.globalAlpha = 0.45;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, foot);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.beginPath();
    drawShape(ctx, event.severity, x, foot - 4 * ratio, ratio);
  }
  ctx.restore();
}

/** The shape of the severity, as StateShape draws it: square, half disc in a ring, disc, dot. */
function drawShape(ctx: CanvasRenderingContext2D, severity: Severity, x: number, y: number, ratio: number): void {
  if (severity === 'error') ctx.rect(x - 3.5 * ratio, y - 3.5 * ratio, 7 * ratio, 7 * ratio);
  else if (severity === 'warning') ctx.arc(x, y, 3.5 * ratio, 0.5 * Math.PI, 1.5 * Math.PI);
  else ctx.arc(x, y, (severity === 'info' ? 2 : 3.5) * ratio, 0, 2 * Math.PI);
  ctx.fill();
  if (severity !== 'warning') return;
  ctx.beginPath();
  ctx.arc(x, y, 3.5 * ratio, 0, 2 * Math.PI);
  ctx.stroke();
}

/** The event nearest to a moment, if it is within `reachMs`. */
export function nearestEvent(events: Event[], at: number, reachMs: number): Event | null {
  let best: Event | null = null;
  let distance = reachMs;
  for (const event of events) {
    const away = Math.abs(Date.parse(event.at) - at);
    if (away <= distance) {
      best = event;
      distance = away;
    }
  }
  return best;
}
