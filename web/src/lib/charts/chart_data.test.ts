import { expect, it } from 'vitest';
import { drawnValues, tableValues } from './chart_data';
import { LiveData } from './live_data';

function data(columns: Record<string, (number | null)[]>): LiveData {
  const live = new LiveData(1000, 60_000, 5_000);
  const keys = Object.keys(columns);
  const rows = columns[keys[0]!]!.length;
  for (let row = 0; row < rows; row++) live.append(row * 1000, keys, keys.map((key) => columns[key]![row] ?? null));
  return live;
}
const line = (key: string, over = {}) => ({ key, label: key, color: 1, ...over });

it('stacks from the bottom up, the sum of all first, gaps kept', () => {
  const spec = { id: 's', title: 's', unit: 'percent' as const, stacked: true as const, lines: [line('a'), line('b')] };
  const drawn = drawnValues(spec, data({ a: [1, null, 3], b: [10, null, 30] }));
  expect(drawn.slice(1)).toEqual([[11, null, 33], [1, null, 3]]);
  expect(tableValues(spec, data({ a: [1], b: [2] }))).toEqual([[1], [2]]);
});

it('draws what is sent below zero, and shows it as it is', () => {
  const spec = { id: 'n', title: 'n', unit: 'bytes' as const, lines: [line('up'), line('down', { down: true })] };
  const live = data({ up: [5], down: [7] });
  expect(drawnValues(spec, live)).toEqual([[0], [5], [-7], [5], [5], [-7], [-7]]);
  expect(tableValues(spec, live)).toEqual([[5], [7]]);
});

it('shows a share in percent, and nothing of an unknown whole', () => {
  const spec = { id: 'm', title: 'm', unit: 'percent' as const, lines: [line('used', { of: ['used', 'free'] })] };
  expect(drawnValues(spec, data({ used: [1, 1], free: [3, null] }))[1]).toEqual([25, null]);
});
