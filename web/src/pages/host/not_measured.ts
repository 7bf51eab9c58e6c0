// What other hosts have and this one does not, and why. Pure.
import type { Host, SeriesInfo } from '../../lib/api/types';

const kContainers = new Set(['docker', 'podman', 'lxc', 'lxc-libvirt', 'systemd-nspawn', 'openvz', 'wsl', 'container-other']);

export interface NotMeasured {
  what: string;
  why: string;
}

export function notMeasured(series: SeriesInfo[], host: Pick<Host, 'machine' | 'units'>): NotMeasured[] {
  const has = (metric: string) => series.some((one) => one.metric === metric);
  const virtual = host.machine?.virtualization ?? 'none';
  const out: NotMeasured[] = [];
  if (!has('temperature.celsius')) {
    const why = kContainers.has(virtual) ? 'a container sees no sensors' : virtual !== 'none' ? 'a virtual machine has no sensors' : 'the kernel knows of no sensor';
    out.push({ what: 'Temperature', why });
  }
  if (!host.units) out.push({ what: 'Failed units', why: kContainers.has(virtual) ? 'no systemd runs in this container' : 'systemd does not run here, or does not answer' });
  if (!series.some((one) => one.metric.startsWith('pressure.'))) out.push({ what: 'Pressure', why: 'the kernel does not tell it' });
  if (!has('disk.read_bytes')) out.push({ what: 'Disks', why: kContainers.has(virtual) ? 'a container sees no disks' : 'no disk has been used' });
  return out;
}
