// One uPlot chart from a spec: thin lines, soft bands, few gridlines, a shared cursor, drag to zoom. The only file that knows uPlot.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Event, Severity } from '../api/types';
import { dayLabel, monthLabel } from '../format/age';
import { axisQuantity } from '../format/number';
import { hasBands } from './chart_data';
import type { ChartSpec } from './chart_spec';
import { faded, tokenColor } from './palette';
import { kCursorKey, releaseCursor } from './cursor';
import { drawHeat, heatAxis, heatScale } from './heat';
import { drawMarks } from './marks';

export interface PlotEvents {
  /** Where the cursor is; null when it has left. `row` is null where there is no sample near it. */
  onCursor(cursor: { at: number; row: number | null } | null): void;
  onZoom(from: number, to: number): void;
  onReset(): void;
  /** The top of the y axis, when it is fixed. */
  top(): number | null;
  marks(): Event[];
}

const kAxisWidth = 68;
/** How much of its colour an area has, in percent; the rest is the surface. */
const kFillShare = 75;
const kPaleShare = 35;
const kRightPadding = 8;
const kHalfCharacter = 3.4;
/** Further than this from any sample the cursor stands on nothing. */
const kReachPx = 12;
const kBinarySteps = Array.from({ length: 51 }, (_, power) => 2 ** power);
const kHourMs = 3_600_000;
const kDayMs = 24 * kHourMs;
const pad = (value: number) => String(value).padStart(2, '0');

/** A label that would be cut at the right edge is left out. Midnight and longer steps are dates. */
function timeLabels(plot: uPlot, splits: number[], _: number, __: number, step: number): string[] {
  const room = plot.bbox.width / devicePixelRatio + kRightPadding;
  return splits.map((ms) => {
    const text = axisTime(ms, step);
    return plot.valToPos(ms, 'x') + text.length * kHalfCharacter > room ? '' : text;
  });
}

function axisTime(ms: number, step: number): string {
  const date = new Date(ms);
  if (step >= 28 * kDayMs) return monthLabel(ms);
  if (step >= kDayMs || (step >= kHourMs && date.getHours() === 0)) return dayLabel(ms);
  const seconds = step < 60_000 ? `:${pad(date.getSeconds())}` : '';
  return `${pad(date.getHours())}:${pad(date.getMinutes())}${seconds}`;
}

function cursorOf(plot: uPlot): { at: number; row: number | null } | null {
  const left = plot.cursor.left ?? -1;
  if (left < 0) return null;
  const row = plot.cursor.idx ?? null;
  const time = row === null ? undefined : plot.data[0][row];
  const isNear = time !== undefined && Math.abs(plot.valToPos(time, 'x') - left) <= kReachPx;
  return { at: plot.posToVal(left, 'x'), row: isNear ? row : null };
}

/** Where some lines are drawn below zero, zero is what the eye needs. */
function drawZero(plot: uPlot, color: string): void {
  const y = Math.round(plot.valToPos(0, 'y', true)) + 0.5;
  plot.ctx.save();
  plot.ctx.strokeStyle = color;
  plot.ctx.lineWidth = 1;
  plot.ctx.beginPath();
  plot.ctx.moveTo(plot.bbox.left, y);
  plot.ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
  plot.ctx.stroke();
  plot.ctx.restore();
}

export function makePlot(element: HTMLElement, spec: ChartSpec, events: PlotEvents): uPlot {
  const ink = tokenColor('ink-faint');
  const grid = tokenColor('line');
  const strong = tokenColor('line-strong');
  const colors = spec.lines.map((line) => tokenColor(`chart-${line.color}`));
  const severities = Object.fromEntries(
    ([['info', 'idle'], ['success', 'ok'], ['warning', 'late'], ['error', 'failed']] as [Severity, string][]).map(([severity, token]) => [severity, tokenColor(token)]),
  ) as Record<Severity, string>;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const order = spec.stacked ? [...spec.lines.keys()].reverse() : [...spec.lines.keys()];
  const surface = tokenColor('surface-0');
  const bands = hasBands(spec);

  // Stacked areas are opaque: each hides the lower part of the larger sum behind it. They have no edge: the edge of what is
  // nothing would be drawn too.
  const lines: uPlot.Series[] = order.map((index) => ({
    ...(spec.stacked
      ? { fill: mixed(colors[index]!, spec.lines[index]!.pale ? kPaleShare : kFillShare, surface), width: 0 }
      : { stroke: colors[index]!, width: 1.25 }),
    show: !spec.heat,
    points: { show: false },
  }));
  const edges: uPlot.Series[] = bands ? colors.flatMap(() => [{ width: 0, points: { show: false } }, { width: 0, points: { show: false } }]) : [];
  const signed = spec.lines.some((line) => line.down);

  const plot = new uPlot(
    {
      width: Math.max(120, element.clientWidth),
      height: element.clientHeight,
      ms: 1,
      legend: { show: false },
      padding: [8, kRightPadding, 0, 0],
      series: [{}, ...lines, ...edges],
      bands: bands
        ? colors.map((color, index) => ({
            series: [1 + colors.length + 2 * index, 2 + colors.length + 2 * index] as [number, number],
            fill: faded(color, 0.2),
          }))
        : [],
      scales: {
        x: { time: true },
        y: spec.heat ? heatScale(spec) : {
          range: (_, least, most) => {
            const top = events.top();
            // A little more, so that a top which was rounded down on its way still has its label.
            if (top) return [0, top * (1 + 1e-6)];
            const room = Math.max(most ?? 0, signed ? 0 : floor(spec)) * 1.1;
            const high = spec.unit === 'percent' ? Math.min(room, Math.max(100, most ?? 0)) : room;
            const low = signed ? Math.min(least ?? 0, 0) * 1.1 : 0;
            return high === 0 && low === 0 ? [signed ? -1 : 0, 1] : [low, high];
          },
        },
      },
      axes: [
        { stroke: ink, font, size: 28, grid: { show: false }, ticks: { stroke: grid, width: 1, size: 4 }, space: 64, values: timeLabels as uPlot.Axis.Values },
        {
          stroke: ink, font, size: kAxisWidth, gap: 6, space: 36,
          grid: { stroke: grid, width: 1 }, ticks: { show: false },
          values: (_, splits) => splits.map((value) => axisQuantity(Math.abs(value), spec.unit)),
          ...(spec.unit.startsWith('bytes') ? { incrs: kBinarySteps } : {}),
          ...(spec.heat ? heatAxis(spec) : {}),
        },
      ],
      cursor: {
        y: false,
        points: { size: 5, show: !spec.stacked && !spec.heat },
        sync: { key: kCursorKey, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => (events.onReset(), null) },
      },
      hooks: {
        setCursor: [(plot) => events.onCursor(cursorOf(plot))],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            events.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        drawAxes: signed ? [(plot) => drawZero(plot, strong)] : [],
        draw: [(plot) => (spec.heat ? drawHeat(plot, colors[0]!) : undefined), (plot) => drawMarks(plot, events.marks(), severities)],
      },
    },
    [[], ...spec.lines.map(() => []), ...edges.map(() => [])],
    element,
  );
  plot.over.addEventListener('pointermove', releaseCursor, { passive: true });
  return plot;
}

/** An axis that ends at 0.003 tells nothing: the least that a quiet chart spans. */
function floor(spec: ChartSpec): number {
  return { percent: 5, load: 1, bytes: 1024, bytes_per_second: 1024, per_second: 1, count: 1, seconds: 1, celsius: 10 }[spec.unit];
}

/** Through oklab: a path through oklch would pass other hues on its way to the surface. */
function mixed(color: string, share: number, surface: string): string {
  const probe = document.createElement('span');
  probe.style.color = `color-mix(in oklab, ${color} ${share}%, ${surface})`;
  document.body.append(probe);
  const result = getComputedStyle(probe).color;
  probe.remove();
  return result;
}
