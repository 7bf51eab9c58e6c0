// Whether what is shown of a host is old: the server says so, or nothing was heard for three intervals by our own clock.
import type { FleetHost } from '../../lib/fleet/fleet_model';
import { isStale } from '../../lib/format/age';

export function isHostStale(host: Pick<FleetHost, 'state' | 'heardAt' | 'intervalMs'>, now: number): boolean {
  return host.state !== 'online' || host.heardAt === null || isStale(now - host.heardAt, host.intervalMs);
}
