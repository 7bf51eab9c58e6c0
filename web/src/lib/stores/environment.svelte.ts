// Which environment is looked at: a word of the address, so that a link shows the same to whoever opens it; none means all.
import { router } from '../router/router.svelte';
import { session } from './session.svelte';

class EnvironmentChoice {
  all = $derived(session.info?.environments ?? []);
  /** Where hosts can be; `system` holds what happens to the server itself. */
  ofHosts = $derived(this.all.filter((one) => one.name !== 'system'));
  /** Where this person may add hosts. */
  openToHosts = $derived(this.ofHosts.filter((one) => one.permissions.includes('operate')));
  /** Where this person may change what is watched. */
  administered = $derived(this.ofHosts.filter((one) => one.permissions.includes('administer')));
  /** With one environment there is nothing to choose and nothing to say. */
  several = $derived(this.all.length > 1);
  chosen = $derived(this.all.find((one) => one.name === router.query.get('environment')) ?? null);

  /** Where a new host goes: where one looks, else where most are, else where one may put it; null when that is nowhere. */
  forNewHost = $derived.by(() => {
    const open = this.openToHosts.filter((one) => !this.chosen || one === this.chosen);
    return open.find((one) => one.name === 'default') ?? open[0] ?? null;
  });

  /** What the server would refuse is not offered. */
  may(permission: 'operate' | 'administer', environmentId: string): boolean {
    return this.all.some((one) => one.id === environmentId && one.permissions.includes(permission));
  }

  mayAnywhere(permission: 'operate' | 'administer'): boolean {
    return this.all.some((one) => one.permissions.includes(permission));
  }

  holds(environmentId: string): boolean {
    return this.chosen === null || this.chosen.id === environmentId;
  }

  nameOf(environmentId: string): string {
    return this.all.find((one) => one.id === environmentId)?.name ?? '';
  }

  /** A host belongs to one environment: from its page another choice leads to the fleet. */
  choose(name: string): void {
    if (router.path.startsWith('/hosts/')) router.go(`/fleet?environment=${encodeURIComponent(name)}`);
    else router.setQuery({ environment: name || null, host_id: null }, 'push');
  }
}

export const environment = new EnvironmentChoice();
