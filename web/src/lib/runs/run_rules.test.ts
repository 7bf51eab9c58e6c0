import { expect, it } from 'vitest';
import { aRun, aStep } from './a_run';
import {
  actorText, counterText, countersText, deadlineText, elapsedMs, fractionOf, isNearDeadline, runWord, spanText, stepsText, stepWord, sumsText, targetHref, targetText, whyNotAgain, whyNotCancel, whyNotFailedOnly,
} from './run_rules';

it('has a shape and a word for each state, and a name for those it does not know', () => {
  expect(runWord(aRun({ state: 'interrupted', is_live: false }))).toEqual({ shape: 'failed', word: 'interrupted' });
  expect(runWord(aRun({ state: 'completed_with_warnings', is_live: false })).shape).toBe('late');
  expect(runWord(aRun({ state: 'running', is_live: true, cancel_requested_at: '2026-11-28T03:00:00Z' })).word).toBe('cancelling');
  expect(runWord(aRun({ state: 'on_hold' as never, is_live: false }))).toEqual({ shape: 'unknown', word: 'on hold' });
  expect(stepWord(aStep({ state: 'skipped' }))).toEqual({ shape: 'skipped', word: 'skipped' });
  expect(stepWord(aStep({ state: 'completed', has_warning: true })).shape).toBe('late');
  expect(stepWord(aStep({ state: 'other' as never })).shape).toBe('unknown');
});

it('counts skipped, failed and cancelled steps as done, so that a run with skips reaches its end', () => {
  const run = aRun({ progress: { done: 4, total: 4, current_index: null, current_title: null, fraction: null }, step_counts: { completed: 1, failed: 1, skipped: 1, cancelled: 1, pending: 0, running: 0 } });
  expect(fractionOf(run)).toBe(1);
  expect(stepsText(run)).toBe('4 of 4 steps, 1 failed, 1 skipped, 1 cancelled');
  expect(stepsText({ ...run, is_live: false })).toBe('4 steps, 1 failed, 1 skipped, 1 cancelled');
  expect(stepsText({ ...run, progress: { ...run.progress, done: 1, total: 1 } })).toBe('');
});

it('invents no progress', () => {
  const progress = { done: 0, total: 1, current_index: 1, current_title: 'x', fraction: null };
  expect(fractionOf(aRun({ progress }))).toBeNull();
  expect(fractionOf(aRun({ progress: { ...progress, fraction: 0 } }))).toBeNull();
  expect(fractionOf(aRun({ progress: { ...progress, fraction: 0.25 } }))).toBe(0.25);
  expect(fractionOf(aRun({ progress: { ...progress, fraction: 7 } }))).toBe(1);
  expect(fractionOf(aRun({ progress: { ...progress, total: 4, done: 1 } }))).toBe(0.25);
  expect(fractionOf(aRun({ is_live: false, progress: { ...progress, total: 4, done: 1 } }))).toBeNull();
});

it('says how long it took, or has taken', () => {
  const start = '2026-11-28T03:00:00.000Z';
  expect(elapsedMs({ started_at: null, ended_at: null }, 5)).toBeNull();
  expect(elapsedMs({ started_at: start, ended_at: null }, Date.parse(start) + 1_500)).toBe(1_500);
  expect(elapsedMs({ started_at: start, ended_at: null }, Date.parse(start) - 1_500)).toBe(0);
  expect(elapsedMs({ started_at: start, ended_at: '2026-11-28T03:01:00.000Z' }, 0)).toBe(60_000);
  expect([null, 0, 40, 1_240, 65_000].map((ms) => spanText(ms))).toEqual(['–', '<1\u202fms', '40\u202fms', '1.2\u202fs', '1\u202fmin 5\u202fs']);
});

it('says beside the time how long a step may take, and that this is over', () => {
  const step = aStep({ state: 'running', started_at: '2026-11-28T03:00:00Z', ended_at: null, deadline_s: 10 });
  const after = (seconds: number) => Date.parse('2026-11-28T03:00:00Z') + seconds * 1_000;
  expect(deadlineText(step, after(3)).replace(/\s/g, ' ')).toBe('of at most 10 s');
  expect(deadlineText(step, after(21)).replace(/\s/g, ' ')).toBe('its deadline of 10 s is over, it is being ended');
  expect(deadlineText({ ...step, deadline_s: null }, after(3))).toBe('');
  expect(deadlineText({ ...step, state: 'completed' }, after(3))).toBe('');
  expect([3, 6].map((seconds) => isNearDeadline(step, after(seconds)))).toEqual([false, true]);
});

it('reads counters with their units', () => {
  expect(counterText('rows', 1_200)).toBe('1.2\u202fk rows');
  expect(counterText('bytes', 4_096)).toBe('4\u202fKiB');
  expect(counterText('freed_bytes', 1_048_576)).toBe('freed 1\u202fMiB');
  expect(counterText('waited_ms', 86_400_000)).toBe('waited 1\u202fd');
  expect(counterText('oldest_left_ms', Date.UTC(2026, 10, 28, 12))).toMatch(/^oldest left of .*28/);
  expect(countersText({ seen: 12, deleted: 0, bytes: 512 })).toBe('12 seen, 512\u202fB');
  expect(countersText({})).toBe('');
});

it('adds up of a whole run only what makes a sum', () => {
  const counters = { seen: 8_200_000, eligible: 6_131_712, oldest_left_ms: 1_793_491_200_000, rows: 12, bytes: 2_048 };
  expect(sumsText(aRun({ counters })).replace(/\s/g, ' ')).toBe('12 rows, 2 KiB');
  expect(sumsText(aRun({ counters: { seen: 5 }, progress: { ...aRun().progress, total: 1 } }))).toBe('5 seen');
});

it('calls a command that began on its host by its host, beside its own name', () => {
  expect(targetText(aRun({ target: { kind: 'command', id: 'host_1/nightly', name: 'web-1 / nightly' } }))).toBe('web-1');
  expect(targetText(aRun({ target: { kind: 'host', id: 'host_1', name: 'a / b' } }))).toBe('a / b');
});

it('says why a button is off', () => {
  const live = aRun({ is_live: true });
  const ended = aRun({ is_live: false, state: 'completed', step_counts: { completed: 2, failed: 0, skipped: 0, cancelled: 0, pending: 0, running: 0 } });
  expect(whyNotCancel(live, true)).toBe('');
  expect(whyNotCancel(live, false)).toMatch(/not cancel/);
  expect(whyNotCancel(ended, true)).toBe('It has ended');
  expect(whyNotCancel({ ...live, cancel_requested_at: 'x' }, true)).toBe('It is being cancelled');
  expect(whyNotCancel({ ...live, target: { ...live.target, kind: 'command' } }, true)).toMatch(/begun on its host/);
  expect(whyNotAgain(live, true)).toBe('It is still running');
  expect(whyNotAgain(ended, true)).toBe('');
  expect(whyNotFailedOnly(ended, true)).toBe('No step failed');
  expect(whyNotFailedOnly({ ...ended, step_counts: { ...ended.step_counts, failed: 1 } }, true)).toBe('');
  expect(whyNotFailedOnly({ ...ended, step_counts: { ...ended.step_counts, failed: 1 } }, false)).toMatch(/not start/);
});

it('knows who began it, and where', () => {
  expect(actorText({ actor: { kind: 'person', id: 'p', name: 'ada' }, schedule_id: null })).toBe('ada');
  expect(actorText({ actor: { kind: 'token', id: 't', name: 'ci' }, schedule_id: null })).toBe('token ci');
  expect(actorText({ actor: { kind: 'server', id: '', name: '' }, schedule_id: null })).toBe('the server');
  expect(actorText({ actor: { kind: 'schedule', id: 's', name: 'nightly' }, schedule_id: 's' })).toBe('schedule nightly');
  expect(targetHref({ target: { kind: 'server', id: 'server', name: 'server' }, host_id: null })).toBeNull();
  expect(targetHref({ target: { kind: 'command', id: 'nightly', name: 'nightly' }, host_id: 'host_1' })).toBe('/hosts/host_1');
});
