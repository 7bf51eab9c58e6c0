import { expect, it } from 'vitest';
import type { Condition, Event } from '../../lib/api/types';
import { height, lanes, quarters } from './day_rules';

const kDay = 86_400_000;
const from = Date.parse('2026-11-22T00:00:00.000Z');
const iso = (offset: number) => new Date(from + offset).toISOString();
const event = (offset: number, severity: Event['severity']): Event => ({
  id: `${offset}`, at: iso(offset), type: 't', severity, environment_id: 'e', source: { kind: 'host', id: 'h', name: 'n' }, message: '', fields: {},
});
const condition = (id: string, opened: number, closed: number | null, target = '/'): Condition => ({
  id, kind: 'disk.space', environment_id: 'e', source: { kind: 'host', id: 'h', name: 'n' }, target, severity: 'warning', state: closed === null ? 'open' : 'closed',
  title: 'Disk', message: '', fields: {}, opened_at: iso(opened), changed_at: iso(opened), worsened_at: null, closed_at: closed === null ? null : iso(closed),
  close_reason: '', acknowledged: null, silenced_until: null, is_hidden: false,
});

it('counts events by quarters of an hour and leaves out what is not in the day', () => {
  const day = quarters([event(0, 'error'), event(899_999, 'info'), event(900_000, 'warning'), event(kDay, 'error'), event(-1, 'error')], from, from + kDay);
  expect(day).toHaveLength(96);
  expect(day[0]).toMatchObject({ errors: 1, warnings: 0, others: 1 });
  expect(day[1]).toMatchObject({ errors: 0, warnings: 1, others: 0 });
  expect(day.reduce((sum, one) => sum + one.errors + one.warnings + one.others, 0)).toBe(3);
});

it('never makes a column higher than the lane, and shows a single event', () => {
  expect(height(0)).toBe(0);
  expect(height(1)).toBeGreaterThan(0.1);
  expect(height(100_000)).toBe(1);
});

it('puts what came again into one lane, cut at the edges, with what is open on top', () => {
  const list = lanes([condition('1', -kDay, kDay / 4), condition('2', kDay / 2, kDay * 0.75), condition('3', kDay / 2, null, '/var'), condition('gone', -kDay, -1)], from, from + kDay, from + kDay);
  expect(list.map((lane) => lane.bars.map((bar) => bar.id))).toEqual([['3'], ['1', '2']]);
  expect(list[1]!.bars[0]).toMatchObject({ left: 0, width: 25 });
  expect(list[0]!.bars[0]).toMatchObject({ left: 50, width: 50 });
});
