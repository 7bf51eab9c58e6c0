import { expect, it } from 'vitest';
import { inZone, localParts, outcomeWord, readSpan, readWhole, spanInput, upTo, zoneOf } from './schedule_rules';

it('reads spans with their units, and refuses what is none', () => {
  expect(['0', '', '90s', '1h 30m', '1.5h', '2d', '250ms', '1h30m'].map(readSpan)).toEqual([0, 0, 90_000, 5_400_000, 5_400_000, 172_800_000, 250, 5_400_000]);
  expect(['5', 'soon', '-1s', '1y', '1h x', 'm'].map(readSpan)).toEqual([null, null, null, null, null, null]);
});

it('writes what it reads', () => {
  expect([0, 90_000, 5_400_000, 172_800_000, 250].map(spanInput)).toEqual(['0', '1m 30s', '1h 30m', '2d', '250ms']);
  for (const ms of [1, 999, 61_001, 90_061_001]) expect(readSpan(spanInput(ms))).toBe(ms);
});

it('reads whole numbers within their bounds', () => {
  expect(['1', '1000', '0', '1001', '', '1.5', 'x'].map((text) => readWhole(text, 1, 1_000))).toEqual([1, 1_000, null, null, null, null, null]);
});

it('points at the column that is wrong, and never beyond the text', () => {
  expect(upTo('61 * * * *', 1)).toBe('');
  expect(upTo('0 25 * * *', 3)).toBe('0 ');
  expect(upTo('0 4', 99)).toBe('0 4');
  expect(upTo('0 4', -3)).toBe('');
});

it('shows a local time as it is there, whatever the zone of the browser', () => {
  expect(localParts('2027-03-28 03:00 CEST')).toMatchObject({ time: '03:00', clock: 'CEST' });
  expect(localParts('2027-03-28 23:59:30 +0545')).toMatchObject({ time: '23:59:30', clock: '+0545' });
  expect(localParts('2027-03-28 23:59 UTC').day).toMatch(/28/);
  expect(localParts('no time')).toEqual({ day: 'no time', time: '', clock: '' });
});

it('says a moment in the zone of the schedule', () => {
  expect(inZone('2027-01-01T00:30:00Z', 'Europe/Berlin')).toMatch(/01:30/);
  expect(inZone('2027-01-01T00:30:00Z', 'No/Where')).toMatch(/00:30/);
});

it('has a shape and a word for each outcome', () => {
  expect(outcomeWord('missed')).toEqual({ shape: 'failed', word: 'missed' });
  expect(outcomeWord('blocked').word).toBe('blocked');
  expect(outcomeWord('blocked', true)).toEqual({ shape: 'late', word: 'waiting' });
  expect(outcomeWord('other' as never)).toEqual({ shape: 'unknown', word: 'other' });
});

it('tells times in the zone that the line names, else in that of the schedule', () => {
  const zone = (timing: string) => zoneOf({ timing, time_zone: 'UTC' });
  expect([zone('CRON_TZ=Europe/Berlin 0 3 * * *'), zone('TZ=Asia/Tokyo @daily'), zone('0 3 * * *'), zone('every 1h')]).toEqual(['Europe/Berlin', 'Asia/Tokyo', 'UTC', 'UTC']);
});
