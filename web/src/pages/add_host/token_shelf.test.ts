import { expect, it, vi } from 'vitest';
import type { EnrolmentToken } from '../../lib/api/types';
import { kEnoughMs, TokenShelf } from './token_shelf';

const kLifeMs = 15 * 60_000;

function fixture() {
  const state = { now: 0, made: 0, is: 'waiting' as EnrolmentToken['state'], broken: false };
  const make = vi.fn(async (environmentId: string) => {
    state.made += 1;
    return { id: `enrol_${state.made}`, environment_id: environmentId, state: 'waiting', expires_at: new Date(state.now + kLifeMs).toISOString() } as EnrolmentToken;
  });
  const look = async (id: string) => {
    if (state.broken) throw new Error('gone');
    return { id, state: state.is } as EnrolmentToken;
  };
  return { state, shelf: new TokenShelf(make, look, () => state.now) };
}

it('shows the same command again, one for each environment', async () => {
  const { state, shelf } = fixture();
  const first = await shelf.take('a');
  state.now += kLifeMs - kEnoughMs;
  expect(await shelf.take('a')).toBe(first);
  expect((await shelf.take('b')).id).toBe('enrol_2');
});

it('makes another one when it was used, is nearly over, is not known, or was forgotten', async () => {
  const { state, shelf } = fixture();
  const first = await shelf.take('a');
  state.now += kLifeMs - kEnoughMs + 1;
  const second = await shelf.take('a');
  expect(second.id).not.toBe(first.id);
  state.is = 'used';
  const third = await shelf.take('a');
  expect(third.id).toBe('enrol_3');
  state.is = 'waiting';
  state.broken = true;
  const fourth = await shelf.take('a');
  expect(fourth.id).toBe('enrol_4');
  state.broken = false;
  shelf.forget(fourth);
  expect((await shelf.take('a')).id).toBe('enrol_5');
  shelf.clear();
  expect((await shelf.take('a')).id).toBe('enrol_6');
});
