import { expect, it } from 'vitest';
import { aRun } from './a_run';
import { crowdOf, endNotice } from './run_notice';

const ended = aRun({ id: 'run_7', state: 'failed', is_live: false, title: 'Check of the host', target: { kind: 'host', id: 'host_1', name: 'web-1' } });
const elsewhere = { isOwn: true, path: '/fleet' };

it('says how it ended, and leads there', () => {
  expect(endNotice(ended, elsewhere)).toEqual({ severity: 'error', text: 'Check of the host on web-1 failed', href: '/runs/run_7' });
  expect(endNotice({ ...ended, state: 'completed', dry_run: true }, elsewhere)!.text).toBe('Check of the host on web-1 is done (dry run)');
  expect(endNotice({ ...ended, state: 'completed_with_warnings' }, elsewhere)!.severity).toBe('warning');
});

it('is silent for who looks at it, and for what was cancelled', () => {
  expect(endNotice(ended, { isOwn: true, path: '/runs/run_7' })).toBeNull();
  expect(endNotice({ ...ended, state: 'cancelled' }, elsewhere)).toBeNull();
  const upkeep = aRun({ state: 'completed', is_live: false });
  expect(endNotice(upkeep, { isOwn: true, path: '/monitor' })).toBeNull();
  expect(endNotice(upkeep, elsewhere)!.text).toBe('Upkeep of the server is done');
});

it('tells of the runs of others only when they fail', () => {
  expect(endNotice({ ...ended, state: 'completed' }, { isOwn: false, path: '/fleet' })).toBeNull();
  expect(endNotice(ended, { isOwn: false, path: '/fleet' })!.severity).toBe('error');
});

it('becomes one when there are many', () => {
  expect(crowdOf(ended).summary(9)).toEqual({ text: '9 runs failed', href: '/runs?state=failed,interrupted,abandoned' });
  expect(crowdOf({ ...ended, state: 'completed' }).summary(4).text).toBe('4 runs are done');
});
