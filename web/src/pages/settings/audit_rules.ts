// What the audit page says in words.
import type { AuditVerdict } from '../../lib/api/types';

/** Kinds of actions: a word stands for all that begin with it and a dot. */
export const kActions = [
  { action: 'session', title: 'Sessions' },
  { action: 'person', title: 'People' },
  { action: 'role', title: 'Roles' },
  { action: 'totp', title: 'Second factors' },
  { action: 'token', title: 'Tokens' },
  { action: 'environment', title: 'Environments' },
  { action: 'enrolment_token', title: 'Enrolments' },
  { action: 'host', title: 'Hosts' },
  { action: 'run', title: 'Runs' },
  { action: 'schedule', title: 'Schedules' },
  { action: 'condition', title: 'Conditions' },
  { action: 'silence', title: 'Silences' },
  { action: 'threshold', title: 'Thresholds' },
] as const;

/** Who did it, so that no schedule or host is taken for a person of its name. */
export function actorWords({ kind, name }: { kind: string; name: string }): string {
  if (kind === 'server' || kind === 'system') return 'the server';
  return kind === 'person' || kind === 'token' || !name ? name || kind : `${kind} ${name}`;
}

const kHourMs = 3_600_000;
export const kPeriods = [
  { key: '1h', title: 'The last hour', ms: kHourMs },
  { key: '24h', title: 'The last day', ms: 24 * kHourMs },
  { key: '7d', title: 'The last week', ms: 7 * 24 * kHourMs },
  { key: '30d', title: 'The last 30 days', ms: 30 * 24 * kHourMs },
] as const;

/** Hosts, people, environments and enrolment tokens that the text speaks of, by name where it is known; the entry itself keeps the ids. */
export const withNames = (text: string, nameOf: (id: string) => string | undefined) =>
  text.replace(/\b(?:host|person|env|enrol)_[0-9a-f]{32}\b/g, (id) => nameOf(id) ?? id).replaceAll(' -> ', ' → ');

/** The names of what is not there any more: the entry of its removal keeps them. */
export const removedNames = (entries: { action: string; object: string; detail: string }[]) =>
  new Map(entries.filter((entry) => entry.action === 'host.remove' && entry.detail).map((entry) => [entry.object, entry.detail]));

/** Enrolment tokens by who made them, as far as those entries are on the page too. */
export const tokenNames = (entries: { action: string; object: string; actor: { kind: string; name: string } }[]) =>
  new Map(entries.filter((entry) => entry.action === 'enrolment_token.create').map((entry) => [entry.object, `a token of ${actorWords(entry.actor)}`]));

/** The page of an object, for those that have one. */
export const pageOf = (object: string) =>
  object.startsWith('host_') ? `/hosts/${object}` : object.startsWith('person_') ? `/settings/people/${object}` : '';

export function verdictSentence(verdict: AuditVerdict): string {
  if (verdict.intact) return `The chain is intact up to entry ${verdict.entries}: nothing was changed, removed or put in between.`;
  if (!verdict.broken_at) return `The chain is broken: ${verdict.detail}.`;
  return `The chain is broken at entry ${verdict.broken_at}: it ${verdict.detail}. The ${verdict.entries} entries before it are intact.`;
}
