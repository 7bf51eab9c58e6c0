// What the list of conditions says. Pure.
import type { Condition } from '../api/types';
import type { Shape } from '../ui/shapes';

export const conditionShape: Record<Condition['severity'], Shape> = { warning: 'late', error: 'failed' };

/** With a large first letter, unless it begins with a name such as “/var”. */
export const asSentence = (text: string) => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());

const kKindWords: Record<string, string> = {
  'agent.outdated': 'an old agent', 'clock.skew': 'a wrong clock', 'cpu.load': 'high load', 'cpu.pressure': 'waiting for processors',
  'disk.fills': 'disks that fill up', 'disk.inodes': 'disks without inodes', 'disk.space': 'full disks', 'host.absent': 'not being seen for long',
  'host.offline': 'being offline', 'host.rebooted': 'starting anew', 'io.pressure': 'waiting for disks', 'memory.available': 'little memory',
  'memory.pressure': 'waiting for memory', 'memory.thrashing': 'thrashing', 'run.failed': 'all runs that fail', 'run.hangs': 'all runs that do not end',
  'schedule.overdue': 'schedules that are overdue', 'units.failed': 'failed units',
};

/** What a kind is about, for who chooses what to silence; of a newer server its name. */
export const kindWords = (kind: string) => kKindWords[kind] ?? kind;

/** Whatever else is watched ends by itself; of a run that failed the next one may never come. */
export const mayBeClosed = (one: Condition) => one.kind === 'run.failed';

/** It asks for someone: nobody has seen it, and nobody silenced it. */
export const needsSomeone = (one: Condition) => !one.acknowledged && !one.silenced_until;

/** Worst first: what asks for someone, errors before warnings, the newest first. */
export function worstFirst(a: Condition, b: Condition): number {
  const quiet = Number(!needsSomeone(a)) - Number(!needsSomeone(b));
  const severity = Number(b.severity === 'error') - Number(a.severity === 'error');
  return quiet || severity || Date.parse(b.opened_at) - Date.parse(a.opened_at) || a.id.localeCompare(b.id);
}

/** Conditions that say the same of different things, as one with those behind it, where there are more than three. */
export function alike(list: Condition[]): { first: Condition; others: Condition[] }[] {
  const key = (one: Condition) => `${one.kind} ${one.severity} ${one.title}`;
  const byKey = new Map<string, Condition[]>();
  for (const one of list) {
    const group = byKey.get(key(one));
    if (group) group.push(one);
    else byKey.set(key(one), [one]);
  }
  return list.flatMap((one) => {
    const group = byKey.get(key(one))!;
    if (group.length <= 3) return [{ first: one, others: [] }];
    return group[0] === one ? [{ first: one, others: group.slice(1) }] : [];
  });
}

/** The list after a message: closed and hidden ones go, others come or change. */
export function applied(list: Condition[], message: Condition): Condition[] {
  const others = list.filter((one) => one.id !== message.id);
  if (message.state === 'closed' || message.is_hidden) return others.length === list.length ? list : others;
  return [...others, message].sort(worstFirst);
}

/** What is open of one host, worst first. */
export class HostConditions {
  constructor(readonly all: Condition[]) {}

  /** The worst of one kind, of one thing when one is named: how a bar is coloured. */
  worst(kind: string, target?: string): Condition['severity'] | null {
    const of = this.all.filter((one) => one.kind === kind && (target === undefined || one.target === target));
    if (of.length === 0) return null;
    return of.some((one) => one.severity === 'error') ? 'error' : 'warning';
  }

  /** What its row marks: all that asks for someone, but that it is offline, which its state says. */
  get marked(): Condition[] {
    return this.all.filter((one) => needsSomeone(one) && one.kind !== 'host.offline');
  }
}

const kNone = new HostConditions([]);

export function byHost(list: Condition[]): (hostId: string) => HostConditions {
  const lists = new Map<string, Condition[]>();
  for (const one of list) {
    const mine = lists.get(one.source.id);
    if (mine) mine.push(one);
    else lists.set(one.source.id, [one]);
  }
  const found = new Map([...lists].map(([id, mine]) => [id, new HostConditions(mine.sort(worstFirst))]));
  return (hostId) => found.get(hostId) ?? kNone;
}

export interface Counts {
  hosts: number;
  online: number;
  needing: number;
}

/** The one sentence on top of the overview. */
export function sentenceOf({ hosts, online, needing }: Counts): string {
  if (hosts === 0) return 'No hosts yet';
  if (needing === 1) return '1 thing needs you';
  if (needing > 1) return `${needing} things need you`;
  if (online < hosts) return `${hosts} ${hosts === 1 ? 'host' : 'hosts'}, ${online} online, nothing needs you`;
  return hosts === 1 ? '1 host, in fine fettle' : `${hosts} hosts, all in fine fettle`;
}
