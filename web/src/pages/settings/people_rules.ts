// What the pages about people say in words.
import type { Person, PersonState } from '../../lib/api/types';
import { base } from '../../lib/router/base';
import type { Shape } from '../../lib/ui/shapes';

export const kRoles = ['viewer', 'operator', 'administrator'] as const;

export const kRoleMeaning: Record<string, string> = {
  viewer: 'sees',
  operator: 'sees, adds hosts, starts work',
  administrator: 'does all, also remove and change settings',
};

export const kStates: Record<PersonState, { shape: Shape; word: string }> = {
  active: { shape: 'ok', word: 'active' },
  invited: { shape: 'unknown', word: 'invited' },
  disabled: { shape: 'skipped', word: 'disabled' },
};

/** "server administrator, operator of default". */
export function rolesSentence(person: Person): string {
  const roles = person.roles.map((role) => `${role.role} of ${role.environment_name}`);
  return [...(person.server_administrator ? ['server administrator'] : []), ...roles].join(', ') || 'no role';
}

/** Whether this one is the last who can sign in and administer the server. */
export function isLastAdministrator(people: Person[], id: string): boolean {
  const able = people.filter((one) => one.server_administrator && one.state === 'active');
  return able.length === 1 && able[0]?.id === id;
}

export const invitationUrl = (token: string, root = location.origin + base) => `${root}/invitation#token=${token}`;
