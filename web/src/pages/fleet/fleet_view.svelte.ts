// The fleet as it is shown: filtered, ordered, grouped. Values move all the time; the order does not: it is taken anew when the
// question or the set of hosts changes, else every 2 s, and never under someone's pointer.
import { untrack } from 'svelte';
import { parseFilter } from '../../lib/fleet/filter';
import type { FleetHost } from '../../lib/fleet/fleet_model';
import { groupHosts, labelKeys, sortHosts } from '../../lib/fleet/order';
import { router } from '../../lib/router/router.svelte';
import { environment } from '../../lib/stores/environment.svelte';
import { fleet } from '../../lib/stores/fleet.svelte';
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

  /** Call inside an effect. */
  keepOrder(): () => void {
    const timer = setInterval(() => {
      if (!this.held) this.turn += 1;
    }, kReorderMs);
    return () => clearInterval(timer);
  }
}
