// What is done to the labels of several hosts at once. Pure.
import type { HostLabelsAnswer } from '../../lib/api/types';
import type { FleetHost } from '../../lib/fleet/fleet_model';

/** The server takes this many at once. */
export const kMostHosts = 500;

/** Labels that were given by hand to any of them, with how many have each. */
export function removable(hosts: Pick<FleetHost, 'labelsByHand'>[]): { key: string; hosts: number }[] {
  const counts = new Map<string, number>();
  for (const host of hosts) for (const key of Object.keys(host.labelsByHand)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ key, hosts: count })).sort((a, b) => a.key.localeCompare(b.key));
}

const hostsText = (count: number) => (count === 1 ? '1 host' : `${count} hosts`);

/** `3 hosts were changed, 1 had these labels already`. */
export function doneText(answer: HostLabelsAnswer): string {
  const were = `${hostsText(answer.changed)} ${answer.changed === 1 ? 'was' : 'were'} changed`;
  return answer.unchanged > 0 ? `${were}, ${answer.unchanged} had these labels already` : were;
}
