// The columns of the fleet table, in order, with the width of the page from which each is shown (see FleetTable's styles).
import type { SortKey } from '../../lib/fleet/order';

export const kColumns: { key: SortKey; title: string; short?: string }[] = [
  { key: 'name', title: 'Host' },
  { key: 'state', title: 'State' },
  { key: 'labels', title: 'Labels' },
  { key: 'environment', title: 'Environment' },
  { key: 'cpu', title: 'CPU' },
  { key: 'memory', title: 'Memory', short: 'Mem' },
  { key: 'disk', title: 'Fullest disk', short: 'Disk' },
  { key: 'network', title: 'Network' },
  { key: 'version', title: 'Version' },
  { key: 'agent', title: 'Agent costs' },
  { key: 'age', title: 'Age' },
];

export const kRowHeight = 36;
