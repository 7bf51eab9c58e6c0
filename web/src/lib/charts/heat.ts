// A strip for each series, stronger where the value (0 to 100) is higher: for machines with more cores than lines can show.
import type uPlot from 'uplot';
import type { ChartSpec } from './chart_spec';

const kLeastStripPx = 14;

/** How strong a strip is: more than in proportion where it is low, so that a quiet machine can be told from one that sleeps. */
export const heatStrength = (percent: number) => 0.04 + 0.96 * Math.pow(percent / 100, 0.7);

export const heatScale = (spec: ChartSpec): uPlot.Scale => ({ range: () => [0, spec.lines.length], dir: -1 });

/** Names some strips: as many as fit. */
export function heatAxis(spec: ChartSpec): Partial<uPlot.Axis> {
  return {
    grid: { show: false },
    splits: (plot) => {
      const strip = plot.bbox.height / devicePixelRatio / spec.lines.length;
      const every = Math.max(1, Math.ceil(kLeastStripPx / strip));
      return spec.lines.map((_, index) => index + 0.5).filter((_, index) => index % every === 0);
    },
    values: (_, splits) => splits.map((at) => spec.lines[Math.floor(at)]?.label.replace('core ', '') ?? ''),
  };
}

export function drawHeat(plot: uPlot, color: string): void {
  const { ctx } = plot;
  const times = plot.data[0]!;
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  // Whole pixels, each painted once: two half-covered neighbours would show as a seam.
  const left = times.map((time) => Math.round(plot.valToPos(time, 'x', true)));
  for (let strip = 1; strip < plot.data.length; strip++) {
    const top = Math.round(plot.valToPos(strip - 1, 'y', true));
    const height = Math.max(1, Math.round(plot.valToPos(strip, 'y', true)) - top - 1);
    const values = plot.data[strip]!;
    for (let row = 0; row < times.length; row++) {
      const value = values[row];
      if (value === null || value === undefined) continue;
      // A sample reaches from the one before it; the first one, and the first after a hole, is one pixel wide.
      const from = row > 0 && values[row - 1] !== null ? left[row - 1]! : left[row]! - 1;
      ctx.globalAlpha = heatStrength(value);
      ctx.fillRect(from, top, left[row]! - from, height);
    }
  }
  ctx.restore();
}
