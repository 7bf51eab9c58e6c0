// Events as marks on the time axis: a hairline and a small shape at its foot, in the colour of the severity.
import type uPlot from 'uplot';
import type { Event, Severity } from '../api/types';

export function drawMarks(plot: uPlot, events: Event[], colors: Record<Severity, string>): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  for (const event of events) {
    const at = Date.parse(event.at);
    if (at < plot.scales.x!.min! || at > plot.scales.x!.max!) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
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
    if (event.severity === 'error') ctx.rect(x - 3 * ratio, foot - 6 * ratio, 6 * ratio, 6 * ratio);
    else ctx.arc(x, foot - 3 * ratio, 3 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
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
