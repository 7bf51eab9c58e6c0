import { describe, expect, it } from 'vitest';
import type { SeriesInfo, Unit } from '../api/types';
import { hostCharts } from './chart_spec';

const series = (metric: string, label = '', unit: Unit = 'percent'): SeriesInfo => ({
  key: label ? `${metric}{${label}}` : metric, metric, label, unit, kind: 'gauge',
});

describe('hostCharts', () => {
  it('keeps the fixed order and leaves out what a host does not send', () => {
    const charts = hostCharts([series('net.rx_bytes', 'eth0'), series('memory.used'), series('cpu.user'), series('load.1')]);
    expect(charts.map((chart) => chart.id)).toEqual(['cpu', 'load', 'memory', 'network']);
    expect(charts[0]?.lines.map((line) => line.label)).toEqual(['user']);
  });

  it('orders cores as numbers', () => {
    const cores = hostCharts(['10', '2', '0'].map((core) => series('core.busy', core)))[0]!;
    expect(cores.lines.map((line) => line.label)).toEqual(['core 0', 'core 2', 'core 10']);
  });

  it('hides loop devices unless there is nothing else', () => {
    const both = [series('net.rx_bytes', 'lo'), series('net.tx_bytes', 'lo')];
    expect(hostCharts(both)[0]?.lines).toHaveLength(2);
    const more = [...both, series('net.rx_bytes', 'eth0'), series('net.tx_bytes', 'eth0')];
    expect(hostCharts(more)[0]?.lines.map((line) => line.label)).toEqual(['eth0 in', 'eth0 out']);
  });

  it('shows mounts as a share', () => {
    const mounts = hostCharts([series('mount.used', '/'), series('mount.total', '/')])[0]!;
    expect(mounts.lines[0]).toMatchObject({ key: 'mount.used{/}', of: ['mount.used{/}', 'mount.available{/}'] });
  });
});
