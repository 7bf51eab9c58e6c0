import { expect, it } from 'vitest';
import type { Condition } from '../api/types';
import { alike, applied, asSentence, byHost, sentenceOf, worstFirst } from './condition_rules';

const condition = (id: string, over: Partial<Condition> = {}): Condition => ({
  id, kind: 'disk.space', environment_id: 'e', source: { kind: 'host', id: 'host_1', name: 'web-1' }, target: '/', severity: 'warning',
  state: 'open', title: '', message: '', fields: {}, opened_at: '2026-11-22T09:00:00.000Z', changed_at: '2026-11-22T09:00:00.000Z',
  worsened_at: null, closed_at: null, close_reason: '', acknowledged: null, silenced_until: null, is_hidden: false, ...over,
});
const seen = { by_id: 'p', by_name: 'ada', note: '', at: '2026-11-22T09:00:00.000Z', until: null };

it('puts what asks for someone first, then errors, then the newest', () => {
  const list = [
    condition('old'), condition('seen', { severity: 'error', acknowledged: seen }),
    condition('new', { opened_at: '2026-11-22T10:00:00.000Z' }), condition('bad', { severity: 'error' }),
    condition('silent', { silenced_until: '2026-11-23T09:00:00.000Z' }),
  ];
  expect(list.sort(worstFirst).map((one) => one.id)).toEqual(['bad', 'new', 'old', 'seen', 'silent']);
});

it('begins a cause as a sentence, and leaves a path alone', () => {
  expect(asSentence('no heartbeat comes')).toBe('No heartbeat comes');
  expect(asSentence('/ is 85.2 % full')).toBe('/ is 85.2 % full');
});

it('takes messages up: each condition once, closed and hidden ones leave', () => {
  const list = [condition('a'), condition('b')];
  expect(applied(list, condition('a', { severity: 'error' })).map((one) => `${one.id} ${one.severity}`)).toEqual(['a error', 'b warning']);
  expect(applied(list, condition('a', { state: 'closed' })).map((one) => one.id)).toEqual(['b']);
  expect(applied(list, condition('b', { is_hidden: true })).map((one) => one.id)).toEqual(['a']);
  expect(applied(list, condition('c', { state: 'closed' }))).toBe(list);
});

it('says in one sentence how it stands', () => {
  expect(sentenceOf({ hosts: 12, online: 12, needing: 0 })).toBe('12 hosts, all in fine fettle');
  expect(sentenceOf({ hosts: 1, online: 1, needing: 0 })).toBe('1 host, in fine fettle');
  expect(sentenceOf({ hosts: 12, online: 11, needing: 2 })).toBe('2 things need you');
  expect(sentenceOf({ hosts: 12, online: 11, needing: 1 })).toBe('1 thing needs you');
  expect(sentenceOf({ hosts: 2, online: 1, needing: 0 })).toBe('2 hosts, 1 online, nothing needs you');
  expect(sentenceOf({ hosts: 0, online: 0, needing: 0 })).toBe('No hosts yet');
});

it('begins a sentence with a large letter, and leaves a path as it is', () => {
  expect(asSentence('the load is high')).toBe('The load is high');
  expect(asSentence('/ is 83 % full')).toBe('/ is 83 % full');
  expect(asSentence('')).toBe('');
});

it('says of each host how bad each thing is, and what its row marks', () => {
  const of = byHost([
    condition('full', { severity: 'error', target: '/var' }), condition('seen', { acknowledged: seen }),
    condition('away', { kind: 'host.offline', source: { kind: 'host', id: 'host_2', name: 'web-2' } }),
  ]);
  expect(of('host_1').worst('disk.space')).toBe('error');
  expect(of('host_1').worst('disk.space', '/')).toBe('warning');
  expect(of('host_1').worst('disk.space', '/srv')).toBeNull();
  expect(of('host_1').worst('memory.available')).toBeNull();
  expect(of('host_1').marked.map((one) => one.id)).toEqual(['full']);
  expect(of('host_2').marked).toEqual([]);
  expect(of('host_3').all).toEqual([]);
});

it('puts many that say the same behind the first of them', () => {
  const disks = ['a', 'b', 'c', 'd'].map((id) => condition(id));
  const other = condition('other', { kind: 'host.offline' });
  const groups = alike([disks[0]!, other, ...disks.slice(1)]);
  expect(groups.map(({ first, others }) => [first.id, others.map((one) => one.id)])).toEqual([['a', ['b', 'c', 'd']], ['other', []]]);
  expect(alike(disks.slice(0, 3)).map(({ others }) => others.length)).toEqual([0, 0, 0]);
  const worse = condition('worse', { severity: 'error' });
  expect(alike([worse, ...disks]).map(({ first }) => first.id)).toEqual(['worse', 'a']);
});
