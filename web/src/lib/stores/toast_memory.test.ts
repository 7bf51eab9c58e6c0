import { expect, it } from 'vitest';
import { ToastMemory } from './toast_memory';

it('shows the same notice again only after 30 s', () => {
  const memory = new ToastMemory();
  expect(memory.admits('a', 0)).toBe(true);
  expect(memory.admits('a', 29_999)).toBe(false);
  expect(memory.admits('b', 29_999)).toBe(true);
  expect(memory.admits('a', 30_000)).toBe(true);
});
