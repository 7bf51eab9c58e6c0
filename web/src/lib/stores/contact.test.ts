import { expect, it } from 'vitest';
import { decideContact, kGraceMs, type Signs } from './contact';

const down: Signs = { phase: 'retrying', hasRole: true, downSince: 100_000, answeredAt: 90_000, failedAt: 0 };
const later = down.downSince + kGraceMs + 1;

it('is live with a stream, whatever failed beside it', () => {
  expect(decideContact({ ...down, phase: 'live', failedAt: 101_000 }, later)).toEqual({ kind: 'live' });
});

it('says nothing about a short reconnect', () => {
  expect(decideContact({ ...down, failedAt: 101_000 }, down.downSince + kGraceMs)).toEqual({ kind: 'joining' });
});

it('is polling only while questions are answered', () => {
  expect(decideContact({ ...down, answeredAt: 104_000 }, later)).toEqual({ kind: 'polling' });
  expect(decideContact({ ...down, failedAt: 103_500 }, later)).toEqual({ kind: 'unreachable', since: 100_000 });
});

it('has nothing to hear without a role, and still says when the server is gone', () => {
  expect(decideContact({ ...down, phase: 'live', hasRole: false }, later)).toEqual({ kind: 'no_role' });
  expect(decideContact({ ...down, hasRole: false, failedAt: 103_500 }, later)).toEqual({ kind: 'unreachable', since: 100_000 });
});

it('is unreachable since the first silence after the last answer', () => {
  expect(decideContact({ ...down, answeredAt: 130_000, failedAt: 160_000 }, 170_000)).toEqual({ kind: 'unreachable', since: 160_000 });
});
