// Which runs a filter lets through, and how news join a list. Pure.
import type { Run, RunFilter } from '../api/run_types';

const among = (list: string | undefined, value: string, isLive = false) =>
  !list || list.split(',').some((one) => one === value || (one === 'live' && isLive));

export function passes(run: Run, filter: RunFilter): boolean {
  const at = Date.parse(run.created_at);
  return (
    among(filter.state, run.state, run.is_live) &&
    (!filter.environment || run.environment_id === filter.environment) &&
    (!filter.host_id || run.host_id === filter.host_id) &&
    (!filter.plan || run.plan === filter.plan) &&
    (!filter.target_kind || run.target.kind === filter.target_kind) &&
    (!filter.target_id || run.target.id === filter.target_id) &&
    (!filter.schedule_id || run.schedule_id === filter.schedule_id) &&
    (!filter.from || at >= Date.parse(filter.from)) &&
    (!filter.to || at < Date.parse(filter.to))
  );
}

/** Newest first; ids are in order of time. */
const newestFirst = (a: Run, b: Run) => Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1);

/**
 * The list after news: known runs change in place, new ones that pass come in, and those that pass no longer go. What is older
 * than the end of a list that goes on is left out: it comes with the next page.
 */
export function applied(list: Run[], news: Run[], filter: RunFilter, goesOn: boolean): Run[] {
  if (news.length === 0) return list;
  const byId = new Map(list.map((run) => [run.id, run]));
  const last = list.at(-1);
  for (const run of news) {
    const known = byId.get(run.id);
    if (known && isOlder(run, known)) continue;
    if (!passes(run, filter)) byId.delete(run.id);
    else if (known || !goesOn || !last || newestFirst(run, last) <= 0) byId.set(run.id, run);
  }
  return [...byId.values()].sort(newestFirst);
}

/** A message that was overtaken by an answer: what has ended does not begin again. */
export function isOlder(message: Run, known: Run): boolean {
  if (known.is_live !== message.is_live) return message.is_live;
  return message.progress.done < known.progress.done;
}
