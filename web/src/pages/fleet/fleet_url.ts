// What the address says about the fleet page: ?q= filter, ?sort=-cpu, ?group= label, ?view=tiles, ?agent=1 the column of what agents cost.
import { kSortKeys, type Sort, type SortKey } from '../../lib/fleet/order';

const kByDefault: Sort = { key: 'name', descending: false };

export function readSort(text: string | null): Sort {
  if (!text) return kByDefault;
  const key = text.replace(/^-/, '') as SortKey;
  return kSortKeys.includes(key) ? { key, descending: text.startsWith('-') } : kByDefault;
}

export function writeSort({ key, descending }: Sort): string | null {
  return key === 'name' && !descending ? null : `${descending ? '-' : ''}${key}`;
}

/** A click on a header: names from the start of the alphabet, numbers from the largest; a second click turns it round. */
export function nextSort(now: Sort, key: SortKey): Sort {
  if (now.key === key) return { key, descending: !now.descending };
  return { key, descending: ['cpu', 'memory', 'disk', 'network', 'agent', 'age'].includes(key) };
}
