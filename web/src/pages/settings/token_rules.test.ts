import { expect, it } from 'vitest';
import { scopesOf } from './token_rules';

const scopes = (...args: Parameters<typeof scopesOf>) => scopesOf(...args).map(({ scope }) => scope);

it('offers what the person may do somewhere, and nothing else', () => {
  expect(scopes([{ permissions: ['view'] }], false)).toEqual(['read']);
  expect(scopes([{ permissions: ['view'] }, { permissions: ['view', 'operate'] }], false)).toEqual(['read', 'operate']);
  expect(scopes([{ permissions: ['view', 'operate', 'administer', 'metrics'] }], false)).toEqual(['read', 'operate', 'admin', 'metrics']);
  expect(scopes([], false)).toEqual([]);
  expect(scopes([], true)).toHaveLength(4);
});

it('promises people and tokens only to a server administrator', () => {
  const admin = (is: boolean) => scopesOf([{ permissions: ['administer'] }], is).find(({ scope }) => scope === 'admin')?.title;
  expect(admin(true)).toContain('people');
  expect(admin(false)).not.toContain('people');
});
