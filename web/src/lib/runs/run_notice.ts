// What a notice says of a run that has ended, and whether it is worth one. Pure.
import type { Run } from '../api/run_types';
import type { Severity } from '../api/types';
import type { Crowd } from '../stores/toast_list';
import { isBad, kBadStates, targetText } from './run_rules';

const kEnds: Partial<Record<Run['state'], string>> = {
  completed: 'is done', completed_with_warnings: 'is done, with warnings', failed: 'failed', interrupted: 'was interrupted', abandoned: 'was given up',
};

interface Viewer {
  /** Who looks began it. */
  isOwn: boolean;
  path: string;
}

/** Null for who sees it anyway, for what somebody ended on purpose, and for other people's runs that went well. */
export function endNotice(run: Run, { isOwn, path }: Viewer): { severity: Severity; text: string; href: string } | null {
  const end = kEnds[run.state];
  const isSeen = path === `/runs/${run.id}` || (run.target.kind === 'server' && path === '/monitor');
  if (!end || isSeen || (!isOwn && !isBad(run))) return null;
  const severity = run.state === 'interrupted' || run.state === 'completed_with_warnings' ? 'warning' : isBad(run) ? 'error' : 'success';
  const where = run.target.kind === 'server' ? '' : ` on ${targetText(run)}`;
  return { severity, text: `${run.title}${where} ${end}${run.dry_run ? ' (dry run)' : ''}`, href: `/runs/${run.id}` };
}

/** For when many end at once: a schedule of a hundred hosts has a hundred runs. */
export const crowdOf = (run: Run): Crowd => ({
  kind: `run:${run.state}`,
  subject: run.id,
  summary: (count) => ({ text: `${count} runs ${isBad(run) ? 'failed' : 'are done'}`, href: isBad(run) ? `/runs?state=${kBadStates}` : '/runs' }),
});
