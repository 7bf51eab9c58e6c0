import { expect, it } from 'vitest';
import { sparkPath } from './spark_path';

const box = { most: 100, slots: 3, width: 20, height: 12 };

it('draws right-aligned lines with gaps', () => {
  expect(sparkPath([0, 50, 100], box)).toBe('M0.0 11.0L10.0 6.0L20.0 1.0');
  expect(sparkPath([0, 100], box)).toBe('M10.0 11.0L20.0 1.0');
  expect(sparkPath([0, null, 100], box)).toBe('M0.0 11.0h0.8M20.0 1.0h0.8');
  expect(sparkPath([], box)).toBe('');
});

it('never leaves its box', () => expect(sparkPath([250], box)).toBe('M20.0 1.0h0.8'));
