import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff';

describe('Backoff', () => {
  it('doubles its ceiling from 1 s to 30 s', () => {
    const backoff = new Backoff(() => 1);
    expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  it('draws from the whole range, but never hammers', () => {
    expect(new Backoff(() => 0).next()).toBe(200);
    expect(new Backoff(() => 0.5).next()).toBe(500);
  });

  it('starts again after a success', () => {
    const backoff = new Backoff(() => 1);
    backoff.next();
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(1000);
  });
});
