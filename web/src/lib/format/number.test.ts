import { describe, expect, it } from 'vitest';
import { axisQuantity, bytes, bytesPerSecond, count, duration, kDash, percent, perSecond, quantity, significant } from './number';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('numbers', () => {
  it('keeps three significant digits', () => {
    expect([0, 0.123, 1.234, 12.34, 123.4, 99.96, 9.996].map(significant)).toEqual(['0', '0.123', '1.23', '12.3', '123', '100', '10']);
  });

  it('scales bytes by 1024 and never writes 1024 of a unit', () => {
    expect([0, 512, 1000, 1024, 3_670_016, 3.42 * 2 ** 30].map(bytes).map(plain)).toEqual(['0 B', '512 B', '0.98 KiB', '1 KiB', '3.5 MiB', '3.42 GiB']);
    expect(plain(bytes(1023.6 * 1024))).toBe('1 MiB');
  });

  it('scales rates', () => {
    expect(plain(bytesPerSecond(1536))).toBe('1.5 KiB/s');
    expect(plain(perSecond(1234))).toBe('1.23 k/s');
    expect(plain(perSecond(12))).toBe('12 /s');
    expect(plain(count(999.7))).toBe('1 k');
  });

  it('writes percents with one digit', () => {
    expect([0, 12.56, 99.94, 99.96, 100].map(percent).map(plain)).toEqual(['0.0 %', '12.6 %', '99.9 %', '100 %', '100 %']);
  });

  it('writes spans in two units', () => {
    expect([0, 7, 60, 61, 3_600, 90_061, -3].map(duration).map(plain)).toEqual(['0 s', '7 s', '1 m', '1 m 1 s', '1 h', '1 d 1 h', '0 s']);
  });

  it('writes round numbers on an axis', () => {
    expect([[75, 'percent'], [2.5, 'percent'], [4, 'load']].map(([value, unit]) => plain(axisQuantity(value as number, unit as 'load')))).toEqual(['75 %', '2.5 %', '4']);
  });

  it('writes a dash when there is nothing', () => {
    expect(quantity(null, 'bytes')).toBe(kDash);
    expect(quantity(Number.NaN, 'percent')).toBe(kDash);
    expect([1.5, 13.26, 128.4].map((value) => quantity(value, 'load'))).toEqual(['1.50', '13.3', '128']);
  });
});
