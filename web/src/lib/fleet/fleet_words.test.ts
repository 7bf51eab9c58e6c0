import { expect, it } from 'vitest';
import { fleetWords } from './fleet_words';

it('keeps what says how the fleet is looked at, and nothing else', () => {
  const query = new URLSearchParams('environment=prod&view=tiles&q=disk>80 label:a&sort=-cpu&group=&host_id=host_1');
  expect(fleetWords(query)).toBe('?q=disk%3E80+label%3Aa&sort=-cpu&view=tiles');
  expect(fleetWords(new URLSearchParams('environment=prod'))).toBe('');
});
