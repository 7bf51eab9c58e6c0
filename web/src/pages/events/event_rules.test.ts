import { expect, it } from 'vitest';
import type { Event } from '../../lib/api/types';
import { mergeNewest, passes } from './event_rules';

const event = (id: string, over: Partial<Event> = {}): Event => ({
  id, at: '2026-11-22T09:00:00.000Z', type: 'host.online', severity: 'success', environment_id: 'e',
  source: { kind: 'host', id: 'host_1', name: 'web-1' }, message: '', fields: {}, ...over,
});
const all = { severity: '', type: '', host_id: '', environment: '' };

it('lets through what fits every word of the filter', () => {
  expect(passes(event('1'), all)).toBe(true);
  expect(passes(event('1'), { ...all, severity: 'error' })).toBe(false);
  expect(passes(event('1'), { severity: 'success', type: 'host.online', host_id: 'host_1', environment: 'e' })).toBe(true);
  expect(passes(event('1'), { ...all, environment: 'f' })).toBe(false);
  expect(passes(event('1', { source: { kind: 'person', id: 'host_1', name: '' } }), { ...all, host_id: 'host_1' })).toBe(false);
});

it('puts the newest first and each once', () => {
  const list = [event('2'), event('1')];
  expect(mergeNewest(list, [event('3'), event('4'), event('3'), event('2')]).map((one) => one.id)).toEqual(['4', '3', '2', '1']);
  expect(mergeNewest(list, [event('1')])).toBe(list);
});
