import { expect, it } from 'vitest';
import type { Host, SeriesInfo } from '../../lib/api/types';
import { notMeasured } from './not_measured';

const series = (...metrics: string[]) => metrics.map((metric) => ({ key: metric, metric, label: '', unit: 'count', kind: 'gauge' }) as SeriesInfo);
const host = (virtualization: string, units: Host['units'] = null) => ({ machine: { virtualization } as Host['machine'], units });

it('says nothing of a host that has everything', () => {
  const all = series('temperature.celsius', 'pressure.cpu.some', 'disk.read_bytes');
  expect(notMeasured(all, host('none', { failed: [], failed_total: 0 }))).toEqual([]);
});

it('says why where something is not there', () => {
  const why = Object.fromEntries(notMeasured(series('load.1'), host('docker')).map((one) => [one.what, one.why]));
  expect(why).toEqual({
    Temperature: 'a container sees no sensors',
    'Failed units': 'no systemd runs in this container',
    Pressure: 'the kernel does not tell it',
    Disks: 'a container sees no disks',
  });
  expect(notMeasured(series('pressure.io.some', 'disk.read_bytes'), host('kvm', { failed: [], failed_total: 0 }))).toEqual([
    { what: 'Temperature', why: 'a virtual machine has no sensors' },
  ]);
});
