// What a token may be made for. Pure.
import type { Scope } from '../../lib/api/types';

interface Granting {
  permissions: string[];
}

/** The scopes that a person with these grants can give away; a token never may more than whoever made it. */
export function scopesOf(environments: Granting[], isServerAdministrator: boolean): { scope: Scope; title: string }[] {
  const may = (permission: string) => isServerAdministrator || environments.some((one) => one.permissions.includes(permission));
  const all: { scope: Scope; title: string; needs: string }[] = [
    { scope: 'read', title: 'see hosts, samples and events', needs: 'view' },
    { scope: 'operate', title: 'add hosts and start work', needs: 'operate' },
    { scope: 'admin', title: isServerAdministrator ? 'everything, people and tokens too' : 'everything that you may do there', needs: 'administer' },
    { scope: 'metrics', title: 'scrape /metrics', needs: 'metrics' },
  ];
  return all.filter(({ needs }) => may(needs)).map(({ scope, title }) => ({ scope, title }));
}
