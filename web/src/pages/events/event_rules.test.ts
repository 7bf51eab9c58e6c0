import { expect, it } from 'vitest';
import type { Event } from '../../lib/api/types';
import { kNoFilter, mergeNewest, passes } from './event_rules';

const event = (id: string, over: Partial<Event> = {}): Event => ({
  id, at: '2026-11-22T09:00:00.000Z', type: 'host.online', severity: 'success', environment_id: 'e',
  source: { kind: 'host', id: 'host_1', name: 'web-1' }, message: 'It is Back', fields: {}, ...over,
});

it('lets through what fits every word of the filter', () => {
  expect(passes(event('1'), kNoFilter)).toBe(true);
  expect(passes(event('1'), { ...kNoFilter, severity: 'error' })).toBe(false);
  expect(passes(event('1'), { ...kNoFilter, severity: 'error,success', type: 'host.online', host_id: 'host_1', environment: 'e' })).toBe(true);
  expect(passes(event('1'), { ...kNoFilter, environment: 'f' })).toBe(false);
  expect(passes(event('1'), { ...kNoFilter, source: 'server' })).toBe(false);
  expect(passes(event('1', { source: { kind: 'person', id: 'host_1', name: '' } }), { ...kNoFilter, host_id: 'host_1' })).toBe(false);
});

it('looks for text in the message and the name, whatever its case', () => {
  for (const text of ['is back', 'WEB']) expect(passes(event('1'), { ...kNoFilter, text })).toBe(true);
  expect(passes(event('1'), { ...kNoFilter, text: 'gone' })).toBe(false);
});

it('takes the beginning of a time range in and leaves its end out', () => {
  expect(passes(event('1'), { ...kNoFilter, from: '2026-11-22T09:00:00.000Z' })).toBe(true);
  expect(passes(event('1'), { ...kNoFilter, to: '2026-11-22T09:00:00.000Z' })).toBe(false);
  expect(passes(event('1'), { ...kNoFilter, from: '2026-11-22T09:00:00.001Z' })).toBe(false);
});

it('puts the newest first and each once', () => {
  const list = [event('2'), event('1')];
  expect(mergeNewest(list, [event('3'), event('4'), event('3'), event('2')]).map((one) => one.id)).toEqual(['4', '3', '2', '1']);
  expect(mergeNewest(list, [event('1')])).toBe(list);
});
