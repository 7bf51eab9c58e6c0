import { describe, expect, it } from 'vitest';
import { Interest, isAfter } from './interest';

describe('Interest', () => {
  it('is the union of what the tabs look at', () => {
    const interest = new Interest();
    interest.set('a', ['fleet', 'host:1'], 0);
    interest.set('b', ['fleet', 'events'], 0);
    expect(interest.union(1, 'a')).toEqual(['events', 'fleet', 'host:1']);
    interest.set('a', ['fleet'], 2);
    expect(interest.union(2, 'a')).toEqual(['events', 'fleet']);
    interest.drop('b');
    expect(interest.union(2, 'a')).toEqual(['fleet']);
  });

  it('forgets a tab that went silent, but never itself', () => {
    const interest = new Interest();
    interest.set('me', ['fleet'], 0);
    interest.set('gone', ['host:1'], 0);
    expect(interest.union(200_000, 'me')).toEqual(['fleet']);
  });
});

describe('isAfter', () => {
  it('orders by sequence inside an epoch, as numbers', () => {
    expect(isAfter('e-10', 'e-9')).toBe(true);
    expect(isAfter('e-9', 'e-10')).toBe(false);
    expect(isAfter('e-9', 'e-9')).toBe(false);
  });

  it('takes anything of another epoch and anything without an id', () => {
    expect(isAfter('f-1', 'e-9')).toBe(true);
    expect(isAfter('', 'e-9')).toBe(true);
    expect(isAfter('a-b-2', 'a-b-1')).toBe(true);
  });
});
