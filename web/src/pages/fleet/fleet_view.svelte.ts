// The fleet as it is shown: filtered, ordered, grouped. Values move all the time; the order does not: it is taken anew when the
// question or the set of hosts changes, else every 2 s, and never under someone's pointer.
import { untrack } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { parseFilter } from '../../lib/fleet/filter';
import type { FleetHost } from '../../lib/fleet/fleet_model';
import { groupHosts, labelKeys, sortHosts } from '../../lib/fleet/order';
import { router } from '../../lib/router/router.svelte';
import { environment } from '../../lib/stores/environment.svelte';
import { fleet } from '../../lib/stores/fleet.svelte';
import { kColumns } from './columns';
import { readSort } from './fleet_url';

const kReorderMs = 2_000;

export type Row = { kind: 'group'; key: string; title: string; count: number } | { kind: 'host'; key: string; host: FleetHost };

type Slot = { kind: 'group'; title: string; count: number } | { kind: 'host'; id: string };

export class FleetView {
  held = $state(false);
  private turn = $state(0);

  query = $derived(router.query.get('q') ?? '');
  sort = $derived(readSort(router.query.get('sort')));
  group = $derived(router.query.get('group') ?? '');
  /** Whether the column of what agents cost is shown. */
  agent = $derived(router.query.get('agent') === '1');
  columns = $derived(kColumns.filter((column) => column.key !== 'agent' || this.agent));
  /** Hosts are being picked, for what is done to several. */
  selecting = $state(false);
  selected = new SvelteSet<string>();
  tiles = $derived(router.query.get('view') === 'tiles');
  filter = $derived(parseFilter(this.query, (id) => environment.nameOf(id)));

  /** The hosts of the environment that is looked at, before the filter. */
  hosts = $derived(environment.chosen ? fleet.list.filter((host) => environment.holds(host.environmentId)) : fleet.list);
  labelled = $derived(this.hosts.some((host) => Object.keys(host.labels).length > 0));
  /** Hosts of several environments side by side. */
  mixed = $derived(fleet.mixed && !environment.chosen);
  labels = $derived(this.labelled ? labelKeys(this.hosts) : []);

  private membership = $derived(this.hosts.map((host) => `${host.id}${host.state}`).join());

  private slots = $derived.by<Slot[]>(() => {
    void this.turn;
    void this.membership;
    const { filter, sort, group } = this;
    const hosts = sortHosts(untrack(() => this.hosts).filter(filter.matches), sort, (id) => environment.nameOf(id));
    if (!group) return hosts.map((host) => ({ kind: 'host', id: host.id }));
    return groupHosts(hosts, group).flatMap<Slot>(({ title, hosts: members }) => [
      { kind: 'group', title, count: members.length },
      ...members.map((host) => ({ kind: 'host' as const, id: host.id })),
    ]);
  });

  rows = $derived.by<Row[]>(() => {
    const now = new Map(this.hosts.map((host) => [host.id, host]));
    return this.slots.flatMap<Row>((slot) => {
      if (slot.kind === 'group') return [{ ...slot, key: `group:${slot.title}` }];
      const host = now.get(slot.id);
      return host ? [{ kind: 'host', key: host.id, host }] : [];
    });
  });

  matching = $derived(this.rows.reduce((sum, row) => sum + (row.kind === 'host' ? 1 : 0), 0));

  /** Those that are picked and still there. */
  picked = $derived(this.hosts.filter((host) => this.selected.has(host.id)));

  pick(id: string): void {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  pickAllShown(): void {
    for (const row of this.rows) if (row.kind === 'host' && environment.may('operate', row.host.environmentId)) this.selected.add(row.host.id);
  }

  endSelecting(): void {
    this.selecting = false;
    this.selected.clear();
  }

  /** Call inside an effect. */
  keepOrder(): () => void {
    const timer = setInterval(() => {
      if (!this.held) this.turn += 1;
    }, kReorderMs);
    return () => clearInterval(timer);
  }
}
