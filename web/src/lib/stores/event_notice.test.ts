import { expect, it } from 'vitest';
import type { Event } from '../api/types';
import { crowdOf, eventHref, isWorthIt } from './event_notice';

const event = (type: string, severity: Event['severity'], source = { kind: 'host', id: 'host_1', name: 'web' }) =>
  ({ id: 'event_1', type, severity, source }) as unknown as Event;

it('is quiet about hosts that come', () => {
  expect(isWorthIt(event('host.online', 'success'))).toBe(false);
  expect(isWorthIt(event('host.offline', 'warning'))).toBe(true);
  expect(isWorthIt(event('agent.crashed', 'error'))).toBe(true);
});

it('leads from many to where they all are', () => {
  expect(crowdOf(event('host.offline', 'warning')).summary(184)).toEqual({ text: '184 hosts went offline', href: '/fleet?q=offline' });
  expect(crowdOf(event('host.cloned', 'error')).summary(5)).toEqual({ text: '5 events of the type host.cloned', href: '/events?type=host.cloned' });
  expect(eventHref(event('host.offline', 'warning'))).toBe('/hosts/host_1');
});

it('says of many conditions what the overview says of them', () => {
  const event = { type: 'condition.worsened', severity: 'error', id: 'event_1', source: { kind: 'host', id: 'host_1', name: 'web-1' } } as never;
  expect(crowdOf(event).summary(14)).toEqual({ text: '14 things got worse', href: '/' });
});
