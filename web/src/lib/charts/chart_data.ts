// From columns to what uPlot draws: [times, one array for each drawn line, then most and least for each band]. Pure.
import type { ChartSpec, Line } from './chart_spec';
import type { Column, LiveData } from './live_data';

type Values = (number | null)[];

/** A band of least to most is drawn for a few lines; more of them would hide each other. */
const kMostBands = 4;
export const hasBands = (spec: ChartSpec) => !spec.stacked && !spec.heat && spec.lines.length <= kMostBands;

function scaled(line: Line, data: LiveData, which: keyof Column): Values {
  const values = data.column(line.key)?.[which] ?? [];
  const sign = line.down ? -1 : 1;
  if (!line.of) return line.down ? values.map((value) => (value === null ? null : value * sign)) : values;
  const parts = line.of.map((key) => data.column(key)?.mean ?? []);
  return values.map((value, row) => {
    const whole = parts.reduce((sum, part) => sum + (part[row] ?? NaN), 0);
    return value === null || !(whole > 0) ? null : (value / whole) * 100 * sign;
  });
}

/** The value of each line as shown in the table: not stacked, never negative. */
export function tableValues(spec: ChartSpec, data: LiveData): Values[] {
  return spec.lines.map((line) => scaled({ ...line, down: undefined }, data, 'mean'));
}

export function drawnValues(spec: ChartSpec, data: LiveData): [number[], ...Values[]] {
  if (!spec.stacked) {
    const lines = spec.lines.map((line) => scaled(line, data, 'mean'));
    if (!hasBands(spec)) return [data.times, ...lines];
    return [data.times, ...lines, ...spec.lines.flatMap((line) => [scaled(line, data, 'max'), scaled(line, data, 'min')])];
  }
  let below: Values = Array<number | null>(data.times.length).fill(0);
  const sums = spec.lines.map((line) => {
    const values = data.column(line.key)?.mean ?? [];
    let any = false;
    const sum = below.map((base, row) => {
      const value = values[row];
      if (value === null || value === undefined || base === null) return null;
      any = true;
      return base + value;
    });
    if (any) below = sum;
    return any ? sum : below;
  });
  // The highest sum first: each area is painted over by the next smaller one.
  return [data.times, ...sums.reverse()];
}
