import { describe, expect, it } from 'vitest';
import { axisQuantity, bytes, bytesPerSecond, count, duration, kDash, percent, perSecond, quantity, significant } from './number';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('numbers', () => {
  it('keeps three significant digits', () => {
    expect([0, 0.123, 1.234, 12.34, 123.4, 99.96, 9.996].map(significant)).toEqual(['0', '0.123', '1.23', '12.3', '123', '100', '10']);
  });

  it('scales bytes by 1024 and never writes 1024 of a unit', () => {
    expect([0, 512, 1000, 1024, 3_670_016, 3.42 * 2 ** 30].map((value) => bytes(value)).map(plain)).toEqual(['0 B', '512 B', '0.98 KiB', '1.00 KiB', '3.50 MiB', '3.42 GiB']);
    expect(plain(bytes(1023.6 * 1024))).toBe('1.00 MiB');
  });

  it('scales rates', () => {
    expect(plain(bytesPerSecond(1536))).toBe('1.50 KiB/s');
    expect(plain(perSecond(1234))).toBe('1.23 k/s');
    expect(plain(perSecond(12))).toBe('12 /s');
    expect(plain(count(999.7))).toBe('1.00 k');
  });

  it('keeps the zeros of what was scaled: what stands beside it does not move', () => {
    expect([10.98, 11, 11.04, 99.96].map((size) => plain(bytes(size * 2 ** 30)))).toEqual(['11.0 GiB', '11.0 GiB', '11.0 GiB', '100 GiB']);
    expect([72.96, 73, 73.1].map((size) => plain(bytesPerSecond(size * 1024)))).toEqual(['73.0 KiB/s', '73.0 KiB/s', '73.1 KiB/s']);
    expect([2e3, 2.1e3].map((rate) => plain(perSecond(rate)))).toEqual(['2.00 k/s', '2.10 k/s']);
    expect(plain(bytes(-(2 ** 21)))).toBe('-2.00 MiB');
  });

  it('writes percents with one digit', () => {
    expect([0, 12.56, 99.94, 99.96, 100].map(percent).map(plain)).toEqual(['0.0 %', '12.6 %', '99.9 %', '100 %', '100 %']);
  });

  it('writes spans in two units', () => {
    expect([0, 7, 60, 61, 3_600, 90_061, -3].map(duration).map(plain)).toEqual(['0 s', '7 s', '1 min', '1 min 1 s', '1 h', '1 d 1 h', '0 s']);
  });

  it('writes round numbers on an axis', () => {
    expect([[75, 'percent'], [2.5, 'percent'], [4, 'load'], [8 * 2 ** 30, 'bytes'], [2_000, 'per_second']].map(([value, unit]) => plain(axisQuantity(value as number, unit as 'load')))).toEqual(['75 %', '2.5 %', '4', '8 GiB', '2 k/s']);
  });

  it('writes a dash when there is nothing', () => {
    expect(quantity(null, 'bytes')).toBe(kDash);
    expect(quantity(Number.NaN, 'percent')).toBe(kDash);
    expect([1.5, 13.26, 128.4].map((value) => quantity(value, 'load'))).toEqual(['1.50', '13.3', '128']);
  });
});
