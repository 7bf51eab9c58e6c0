import { encode } from 'uqr';
import { expect, it } from 'vitest';
import type { Person } from '../../lib/api/types';
import { actorWords, pageOf, removedNames, verdictSentence, withNames } from './audit_rules';
import { browserName } from './browser_name';
import { invitationUrl, isLastAdministrator, rolesSentence } from './people_rules';
import { qrPath } from './qr_path';

const person = (id: string, more: Partial<Person> = {}): Person => ({
  id, name: id, state: 'active', server_administrator: true, roles: [], totp: false, tokens: 0, created_at: '2026-01-01T00:00:00.000Z',
  last_used_at: null, invitation_expires_at: null, version: 1, ...more,
});

it('draws every dark module once, and no other', () => {
  const { data, size } = encode('otpauth://totp/Fettle:ada?secret=GEZDGNBVGY3TQOJQ', { border: 4 });
  const drawn = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const [, x, y, width] of qrPath(data).matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let i = 0; i < Number(width); i++) {
      expect(drawn[Number(y)]![Number(x) + i]).toBe(false);
      drawn[Number(y)]![Number(x) + i] = true;
    }
  }
  expect(drawn).toEqual(data);
});

it('names browsers and never more than it knows', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe('Firefox on Linux');
  expect(browserName('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17 Safari/605.1.15')).toBe('Safari on macOS');
  expect(browserName('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36 Edg/120')).toBe('Edge on Windows');
  expect(browserName('')).toBe('unknown');
  expect(browserName('x'.repeat(300))).toHaveLength(40);
});

it('knows the last administrator', () => {
  const ada = person('ada');
  expect(isLastAdministrator([ada], 'ada')).toBe(true);
  expect(isLastAdministrator([ada, person('bob')], 'ada')).toBe(false);
  expect(isLastAdministrator([ada, person('bob', { state: 'invited' })], 'ada')).toBe(true);
  expect(isLastAdministrator([ada, person('bob', { state: 'disabled' })], 'bob')).toBe(false);
});

it('says roles and links in full', () => {
  expect(rolesSentence(person('ada', { server_administrator: false }))).toBe('no role');
  const roles = [{ environment_id: 'env_1', environment_name: 'lab', role: 'viewer' }];
  expect(rolesSentence(person('ada', { roles }))).toBe('server administrator, viewer of lab');
  expect(invitationUrl('fti_1', 'https://fettle.example:8420')).toBe('https://fettle.example:8420/invitation#token=fti_1');
});

it('names what an entry of the audit is about, and keeps the id of what is gone', () => {
  const [from, to] = [`env_${'0'.repeat(32)}`, `env_${'1'.repeat(32)}`];
  const nameOf = (id: string) => (id === from ? 'lab' : undefined);
  expect(withNames(`${from} -> ${to}`, nameOf)).toBe(`lab → ${to}`);
  expect(withNames('$& env_123', () => '$1')).toBe('$& env_123');
  expect(pageOf(`host_${'0'.repeat(32)}`)).toBe(`/hosts/host_${'0'.repeat(32)}`);
  expect(pageOf('threshold_1')).toBe('');
});

it('says where a chain is broken', () => {
  const verdict = { at: '2026-01-01T00:00:00.000Z', intact: false, entries: 3, broken_at: 4, detail: 'was changed' };
  expect(verdictSentence({ ...verdict, intact: true, broken_at: null })).toContain('intact up to entry 3');
  expect(verdictSentence(verdict)).toBe('The chain is broken at entry 4: it was changed. The 3 entries before it are intact.');
  expect(verdictSentence({ ...verdict, broken_at: 0, detail: 'there are entries outside the chain' })).toContain('outside the chain');
});

it('calls a host that was removed by the name that the entry of its removal keeps', () => {
  const entries = [
    { action: 'host.remove', object: 'host_1', detail: 'web-1' },
    { action: 'host.remove', object: 'host_2', detail: '' },
    { action: 'host.edit', object: 'host_3', detail: 'name: a -> b' },
  ];
  expect([...removedNames(entries)]).toEqual([['host_1', 'web-1']]);
});

it('takes no schedule and no host for a person', () => {
  expect(actorWords({ kind: 'person', name: 'anna' })).toBe('anna');
  expect(actorWords({ kind: 'token', name: 'anna (token root)' })).toBe('anna (token root)');
  expect(actorWords({ kind: 'schedule', name: 'anna' })).toBe('schedule anna');
  expect(actorWords({ kind: 'server', name: 'server' })).toBe('the server');
  expect(actorWords({ kind: 'person', name: '' })).toBe('person');
});
