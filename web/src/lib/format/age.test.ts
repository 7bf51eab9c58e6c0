import { describe, expect, it } from 'vitest';
import { age, clockTime, countdown, isStale, shortTime, moment, withLocalTimes } from './age';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('ages', () => {
  it('uses one unit', () => {
    expect([-5, 999, 7_400, 60_000, 3_599_000, 3_600_000, 86_400_000 * 3].map(age).map(plain)).toEqual(['0 s', '0 s', '7 s', '1 min', '59 min', '1 h', '3 d']);
  });

  it('counts down to nothing, and promises no more than there is', () => {
    expect([900_000, 61_000, 60_999, 200, 0, -1].map(countdown)).toEqual(['15:00', '1:01', '1:00', '0:00', '0:00', '0:00']);
  });

  it('is stale after three intervals and at least 15 s', () => {
    expect(isStale(15_000, 5_000)).toBe(false);
    expect(isStale(15_001, 5_000)).toBe(true);
    expect(isStale(14_000, 1_000)).toBe(false);
    expect(isStale(100_000, 60_000)).toBe(false);
  });
});

it('begins a day at 00, not at 24', () => {
  const midnight = new Date(2027, 0, 1, 0, 30).getTime();
  expect(clockTime(midnight)).toMatch(/^00:30/);
  expect(shortTime(midnight)).toMatch(/00:30$/);
});

it('gives a time ahead its day, as one behind, and says times of the server as all others', () => {
  const now = new Date(2027, 0, 10, 12, 0).getTime();
  expect(moment(now + 3 * 86_400_000, now)).toBe(shortTime(now + 3 * 86_400_000));
  expect(moment(now + 60_000, now)).toBe(clockTime(now + 60_000));
  const iso = new Date(now - 60_000).toISOString();
  expect(withLocalTimes(`begun at ${iso}, (every 15m).`, now)).toBe(`begun at ${clockTime(now - 60_000)}, (every 15m).`);
  expect(withLocalTimes('2027-01-10 is no time', now)).toBe('2027-01-10 is no time');
});
