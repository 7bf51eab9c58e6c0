import { describe, expect, it } from 'vitest';
import type { SeriesAnswer } from '../api/types';
import { LiveData } from './live_data';

const answer = (times: number[], mean: (number | null)[], step = 1000): SeriesAnswer => ({
  host_id: 'h', from: 0, to: 10_000, tier: 'ring', step_ms: step, times,
  series: [{ key: 'a', metric: 'a', label: '', unit: 'percent', kind: 'gauge', mean, min: mean, max: mean }],
});
const load = (times: number[], mean: (number | null)[], window = 60_000) => LiveData.from(answer(times, mean), window, 5_000);

describe('LiveData', () => {
  it('drops empty rows and marks holes by one row', () => {
    const data = load([0, 1000, 2000, 3000, 9000], [1, null, null, 4, 5]);
    expect(data.times).toEqual([0, 3000, 4000, 9000]);
    expect(data.column('a')?.mean).toEqual([1, 4, null, 5]);
  });

  it('carries on with new buckets and merges into the open one', () => {
    const data = load([0], [4]);
    expect(data.append(1_200, ['a'], [10])).toBe('ok');
    expect(data.append(1_700, ['a'], [20])).toBe('ok');
    expect(data.times).toEqual([0, 1000]);
    expect(data.column('a')).toEqual({ mean: [4, 15], min: [4, 10], max: [4, 20] });
  });

  it('leaves a hole when nothing came for long', () => {
    const data = load([0], [1]);
    data.append(8_000, ['a'], [2]);
    expect(data.times).toEqual([0, 1000, 8000]);
    expect(data.column('a')?.mean).toEqual([1, null, 2]);
  });

  it('says when a sample is older than what it has', () => {
    const data = load([5000], [1]);
    expect(data.append(3_000, ['a'], [2])).toBe('late');
    expect(data.times).toEqual([5000]);
  });

  it('takes up new series in the middle', () => {
    const data = load([0, 1000], [1, 2]);
    data.append(2_000, ['a', 'b'], [3, 7]);
    expect(data.column('b')?.mean).toEqual([null, null, 7]);
    expect(data.latest('b')).toBe(7);
    expect(data.latest('nothing')).toBeNull();
  });

  it('keeps a null apart from zero', () => {
    const data = load([0], [1]);
    data.append(1_000, ['a'], [null]);
    expect(data.column('a')?.mean).toEqual([1, null]);
    expect(data.latest('a')).toBe(1);
  });

  it('stays bounded, all columns alike', () => {
    const data = load([0], [0], 20_000);
    for (let second = 1; second < 2_000; second++) data.append(second * 1_000, ['a', 'b'], [second, -second]);
    expect(data.times.length).toBeLessThan(120);
    expect(data.column('a')?.mean).toHaveLength(data.times.length);
    expect(data.column('b')?.max).toHaveLength(data.times.length);
    expect(data.times.at(-1)).toBe(1_999_000);
  });
});
