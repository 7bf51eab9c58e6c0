import { expect, it } from 'vitest';
import { placesInBar } from './rail_places';

it('has room for five, of which the last is More when there are others', () => {
  expect([0, 3, 5, 6, 11].map(placesInBar)).toEqual([0, 3, 5, 4, 4]);
});
