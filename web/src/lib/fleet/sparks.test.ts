import { describe, expect, it } from 'vitest';
import { kSparkPoints, Sparks } from './sparks';

const frame = (at: number, cpu: number, rx = 100, tx = 50, state = 1) => ({
  environment_id: 'e', at, hosts: [[1, state, cpu, 0, 0, rx, tx] as [number, number, number, number, number, number, number]],
});

function loaded(): Sparks {
  const sparks = new Sparks();
  sparks.load({ step_ms: 30_000, times: [0, 30_000], hosts: [{ number: 1, cpu_percent: [10, 20], rx: [1, null], tx: [2, 3] }] });
  return sparks;
}

describe('Sparks', () => {
  it('adds received and sent', () => expect(loaded().get(1)?.net).toEqual([3, 3]));

  it('averages within a bucket and moves on to the next', () => {
    const sparks = loaded();
    sparks.apply(frame(31_000, 400));
    expect(sparks.get(1)?.cpu).toEqual([10, 30]);
    sparks.apply(frame(60_000, 500));
    expect(sparks.get(1)).toEqual({ cpu: [10, 30, 50], net: [3, 76.5, 150] });
  });

  it('leaves gaps for buckets without a sample', () => {
    const sparks = loaded();
    sparks.apply(frame(120_000, 70));
    expect(sparks.get(1)?.cpu).toEqual([10, 20, null, null, 7]);
  });

  it('stays bounded and starts from nothing', () => {
    const sparks = new Sparks();
    for (let at = 0; at < 100; at++) sparks.apply(frame(at * 30_000, at));
    expect(sparks.get(1)?.cpu).toHaveLength(kSparkPoints);
    expect(sparks.get(1)?.cpu.at(-1)).toBe(9.9);
  });

  it('takes nothing from a host that is not online', () => {
    const sparks = new Sparks();
    sparks.apply(frame(0, 10, 1, 1, 3));
    expect(sparks.get(1)).toBeUndefined();
  });
});
