// Which charts a host has, in their fixed order, from the series it sends. Pure.
import type { SeriesInfo, Unit } from '../api/types';

export interface Line {
  key: string;
  label: string;
  /** 1 to 8, of the palette. */
  color: number;
  /** Paler than others: it is there, and counts for less. */
  pale?: true;
  /** Drawn below zero (sent, written). */
  down?: true;
  /** Shown as a share of the sum of these series, in percent. */
  of?: string[];
}

export interface ChartSpec {
  id: string;
  title: string;
  unit: Unit;
  lines: Line[];
  stacked?: true;
  /** The sum of some lines, shown on top of the table. */
  total?: { label: string; keys: string[] };
  /** Many lines of one kind: a strip for each, darker where there is more of it. */
  heat?: true;
  /** The top of the axis: a number or the newest value of a series. */
  top?: number | { key: string };
}

const kMostThings = 4;
const kMostLines = 8;
/** From the bottom of the stack up, with its colour: what works is blue, what only waits lies on top and is no work. */
const kCpuModes: [string, number][] = [['user', 1], ['nice', 6], ['system', 2], ['irq', 4], ['softirq', 8], ['steal', 7], ['iowait', 3]];
const kCpuWork = kCpuModes.map(([mode]) => `cpu.${mode}`).filter((key) => key !== 'cpu.iowait');
const kUninteresting = /^(lo|loop\d+|ram\d+|sr\d+|fd\d+|veth.*)$/;

class Builder {
  readonly charts: ChartSpec[] = [];
  private readonly keys: Set<string>;

  constructor(private readonly series: SeriesInfo[]) {
    this.keys = new Set(series.map((one) => one.key));
  }

  labels(metric: string): string[] {
    const all = this.series.filter((one) => one.metric === metric).map((one) => one.label);
    const interesting = all.filter((label) => !kUninteresting.test(label));
    return interesting.length > 0 ? interesting : all;
  }

  add(spec: ChartSpec): void {
    const lines = spec.lines.filter((line) => this.keys.has(line.key));
    if (lines.length > 0) this.charts.push({ ...spec, lines });
  }

  /** One line for each label, in each of up to two directions. */
  perThing(id: string, title: string, unit: Unit, up: [string, string], down?: [string, string]): void {
    const things = this.labels(up[0]).slice(0, kMostThings);
    const word = (thing: string, direction: string) => (direction ? `${thing} ${direction}` : thing);
    const lines = things.flatMap<Line>((thing, index) => {
      const first = { key: `${up[0]}{${thing}}`, label: word(thing, up[1]), color: index * (down ? 2 : 1) + 1 };
      return down ? [first, { key: `${down[0]}{${thing}}`, label: word(thing, down[1]), color: index * 2 + 2, down: true }] : [first];
    });
    this.add({ id, title, unit, lines, ...(unit === 'percent' ? { top: 100 } : {}) });
  }
}

const simple = (keys: [string, string][]): Line[] => keys.map(([key, label], index) => ({ key, label, color: index + 1 }));

export function hostCharts(series: SeriesInfo[]): ChartSpec[] {
  const build = new Builder(series);
  build.add({
    id: 'cpu', title: 'CPU', unit: 'percent', stacked: true, top: 100, total: { label: 'busy', keys: kCpuWork },
    lines: kCpuModes.map(([mode, color]) => ({ key: `cpu.${mode}`, label: mode, color })),
  });
  const cores = build.labels('core.busy').sort((a, b) => Number(a) - Number(b));
  build.add({
    id: 'cores', title: 'Cores', unit: 'percent', top: 100, ...(cores.length > kMostLines ? { heat: true } : {}),
    lines: cores.map((core, index) => ({ key: `core.busy{${core}}`, label: `core ${core}`, color: cores.length > kMostLines ? 1 : index + 1 })),
  });
  build.add({ id: 'load', title: 'Load', unit: 'load', lines: simple([['load.1', '1 min'], ['load.5', '5 min'], ['load.15', '15 min']]) });
  build.add({
    id: 'pressure', title: 'Pressure', unit: 'percent',
    lines: simple([['pressure.cpu.some', 'cpu some'], ['pressure.memory.some', 'memory some'], ['pressure.io.some', 'io some'],
      ['pressure.memory.full', 'memory full'], ['pressure.io.full', 'io full']]),
  });
  build.add({
    id: 'memory', title: 'Memory', unit: 'bytes', stacked: true, top: { key: 'memory.total' },
    // What can be given back is paler than what is in use.
    lines: [
      { key: 'memory.used', label: 'used', color: 1 }, { key: 'memory.buffers', label: 'buffers', color: 2 }, { key: 'memory.cached', label: 'cached', color: 6, pale: true },
    ],
  });
  build.add({ id: 'swap', title: 'Swap', unit: 'bytes', top: { key: 'swap.total' }, lines: simple([['swap.used', 'used']]) });
  build.add({
    id: 'mounts', title: 'Mounts', unit: 'percent', top: 100,
    lines: build.labels('mount.used').slice(0, 8).map((mount, index) => ({
      // As df counts: what is kept back for root belongs to nobody's share.
      key: `mount.used{${mount}}`, of: [`mount.used{${mount}}`, `mount.available{${mount}}`], label: mount, color: index + 1,
    })),
  });
  build.perThing('disks', 'Disks', 'bytes_per_second', ['disk.read_bytes', 'read'], ['disk.write_bytes', 'written']);
  build.perThing('disk_busy', 'Disks, busy', 'percent', ['disk.busy', '']);
  build.perThing('network', 'Network', 'bytes_per_second', ['net.rx_bytes', 'in'], ['net.tx_bytes', 'out']);
  build.perThing('packets', 'Network, packets', 'per_second', ['net.rx_packets', 'in'], ['net.tx_packets', 'out']);
  build.perThing('net_faults', 'Network, errors', 'per_second', ['net.rx_errors', 'in'], ['net.tx_errors', 'out']);
  build.perThing('net_drops', 'Network, dropped packets', 'per_second', ['net.rx_drops', 'in'], ['net.tx_drops', 'out']);
  build.add({
    id: 'inodes', title: 'Inodes', unit: 'percent', top: 100,
    lines: build.labels('mount.inodes_used').slice(0, kMostLines).map((mount, index) => ({
      key: `mount.inodes_used{${mount}}`, of: [`mount.inodes_total{${mount}}`], label: mount, color: index + 1,
    })),
  });
  const sensors = build.labels('temperature.celsius');
  build.add({
    id: 'temperature', title: 'Temperature', unit: 'celsius', ...(sensors.length > kMostLines ? { heat: true } : {}),
    lines: sensors.map((sensor, index) => ({ key: `temperature.celsius{${sensor}}`, label: sensor, color: sensors.length > kMostLines ? 1 : index + 1 })),
  });
  return build.charts;
}

/** What the agent itself takes from its host. */
export function agentCharts(series: SeriesInfo[]): ChartSpec[] {
  const build = new Builder(series);
  build.add({ id: 'agent_cpu', title: 'Agent, CPU', unit: 'percent', lines: simple([['agent.cpu', 'of one core']]) });
  build.add({ id: 'agent_memory', title: 'Agent, memory', unit: 'bytes', lines: simple([['agent.memory', 'resident']]) });
  build.add({ id: 'agent_sent', title: 'Agent, sent', unit: 'bytes_per_second', lines: simple([['agent.sent_bytes', 'to the server']]) });
  build.add({ id: 'agent_outbox', title: 'Agent, outbox', unit: 'count', lines: simple([['agent.outbox.records', 'waiting']]) });
  return build.charts;
}
