import { describe, expect, it } from 'vitest';
import { parseFilter, type FilterSubject } from './filter';

const host: FilterSubject = {
  name: 'Web-1', state: 'online', labels: { env: 'prod', tier: 'front' }, version: '1.2.0', outdated: false,
  os: 'Debian GNU/Linux 12 (bookworm)', address: '10.0.0.7', environmentId: 'env_1',
  cpu: 42.5, memory: 60, disk: 91, rx: 3 * 1024 ** 2, tx: null,
};
const matches = (text: string, over: Partial<FilterSubject> = {}) => parseFilter(text).matches({ ...host, ...over });

describe('fleet filter', () => {
  it('lets everything through when empty', () => expect(matches('   ')).toBe(true));

  it('compares numbers', () => {
    expect(matches('disk>80')).toBe(true);
    expect(matches('disk>=91 mem<61 cpu>42')).toBe(true);
    expect(matches('disk<90')).toBe(false);
    expect(matches('memory=60%')).toBe(true);
    expect(matches('rx>2m')).toBe(true);
    expect(matches('rx>4m')).toBe(false);
  });

  it('never matches a number that is not known', () => {
    expect(matches('tx>0')).toBe(false);
    expect(matches('tx<1')).toBe(false);
  });

  it('knows states, labels and names', () => {
    expect(matches('online')).toBe(true);
    expect(matches('offline')).toBe(false);
    expect(matches('state:off', { state: 'offline' })).toBe(true);
    expect(matches('label:prod')).toBe(true);
    expect(matches('label:env=prod')).toBe(true);
    expect(matches('label:tier=prod')).toBe(false);
    expect(matches('name:web version:1.2')).toBe(true);
    expect(matches('WEB')).toBe(true);
    expect(matches('front')).toBe(true);
  });

  it('wants every word and turns one round with a dash', () => {
    expect(matches('disk>80 label:prod offline')).toBe(false);
    expect(matches('disk>80 -offline')).toBe(true);
    expect(matches('-label:prod')).toBe(false);
  });

  it('names words it cannot read and goes on without them', () => {
    expect(parseFilter('disk>lots web').problems).toEqual(['disk>lots']);
    expect(matches('disk>lots web')).toBe(true);
    expect(parseFilter('temperature>3').problems).toEqual(['temperature>3']);
  });

  it('joins what stands around an operator', () => {
    expect(parseFilter('disk > 80 cpu>= 40  web').words).toEqual(['disk>80', 'cpu>=40', 'web']);
    expect(matches('disk > 80')).toBe(true);
    expect(matches('disk < 80')).toBe(false);
  });

  it('leaves no word out silently', () => {
    expect(parseFilter('load>2 colour:red web: >80 rx>1x').problems).toEqual(['load>2', 'colour:red', 'web:>80', 'rx>1x']);
    expect(parseFilter('load>2 web').words).toEqual(['web']);
  });

  it('matches system, address, environment and labels as they are written', () => {
    const nameOf = (id: string) => (id === 'env_1' ? 'Berlin' : '');
    for (const word of ['os:debian', 'bookworm', 'address:10.0', '10.0.0.7', 'environment:berlin', 'env:ber', 'berlin', 'env=prod']) {
      expect(parseFilter(word, nameOf).matches(host), word).toBe(true);
    }
    for (const word of ['os:alpine', 'address:192', 'environment:paris', 'env=test']) expect(parseFilter(word, nameOf).matches(host), word).toBe(false);
    expect(matches('fe80::7', { address: 'fe80::7' })).toBe(true);
  });

  it('is forgiving while someone types', () => {
    expect(matches('label:')).toBe(true);
    expect(parseFilter('disk>').problems).toEqual(['disk>']);
  });
});
