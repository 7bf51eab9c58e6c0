// What is typed over the fleet: words that must all hold, such as `disk > 80 label:prod offline -web`.
// cpu, memory (mem), disk, rx, tx with > >= < <= =, with or without spaces; rx and tx take k, m, g. state:x, label:x, label:k=v,
// name:x, version:x, os:x, address:x, environment:x; a bare word is a state if it is one, k=v is a label, anything else is part of
// one of these. A leading - turns a word round.
import type { HostState } from '../api/types';

export interface FilterSubject {
  name: string;
  state: HostState;
  labels: Record<string, string>;
  version: string;
  os: string;
  address: string;
  environmentId: string;
  /** Its agent is older than the server. */
  outdated: boolean;
  cpu: number | null;
  memory: number | null;
  disk: number | null;
  rx: number | null;
  tx: number | null;
}

export interface ParsedFilter {
  matches: (host: FilterSubject) => boolean;
  /** As they were understood: `disk > 80` is one. */
  words: string[];
  /** Words that look like a comparison or a prefix but are none. They are left out, and shown. */
  problems: string[];
}

/** For whoever typed something else. */
export const kFilterHelp = 'cpu, memory, disk, rx and tx take > < =; state: label: name: version: os: address: and environment: take a word';

type NameOf = (environmentId: string) => string;
type Test = (host: FilterSubject) => boolean;
type NumberField = 'cpu' | 'memory' | 'disk' | 'rx' | 'tx';

const kFields: Record<string, NumberField> = { cpu: 'cpu', memory: 'memory', mem: 'memory', disk: 'disk', rx: 'rx', in: 'rx', tx: 'tx', out: 'tx' };
const kStates = new Set(['waiting', 'online', 'late', 'offline']);
const kScale: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

const compare: Record<string, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => Math.abs(a - b) < 0.5,
};

const holds = (text: string, part: string) => text.toLowerCase().includes(part);

function labelTest(wanted: string): Test {
  const [key, value] = wanted.split('=', 2);
  return (host) =>
    Object.entries(host.labels).some(([k, v]) =>
      value === undefined ? holds(k, wanted) || holds(v, wanted) : k.toLowerCase() === key && holds(v, value),
    );
}

function wordTest(word: string, nameOf: NameOf): Test {
  if (kStates.has(word)) return (host) => host.state === word;
  if (word === 'outdated') return (host) => host.outdated;
  const label = labelTest(word);
  return (host) =>
    [host.name, host.version, host.os, host.address, nameOf(host.environmentId)].some((text) => holds(text, word)) || label(host);
}

function comparisonTest(name: string, operator: string, text: string): Test | null {
  const field = kFields[name];
  if (!field && operator === '=' && name && text) return labelTest(`${name}=${text}`);
  const amount = /^(\d+(?:\.\d+)?)([kmg]?)%?$/.exec(text);
  if (!field || !amount) return null;
  const limit = Number(amount[1]) * kScale[amount[2]!]!;
  const test = compare[operator]!;
  return (host) => host[field] !== null && test(host[field], limit);
}

function prefixTest(prefix: string, value: string, nameOf: NameOf): Test | null {
  switch (prefix) {
    case 'state': return (host) => host.state.startsWith(value);
    case 'label': return value === '' ? () => true : labelTest(value);
    case 'name': return (host) => holds(host.name, value);
    case 'version': return (host) => holds(host.version, value);
    case 'os': return (host) => holds(host.os, value);
    case 'address': return (host) => holds(host.address, value);
    case 'env':
    case 'environment': return (host) => holds(nameOf(host.environmentId), value);
    default: return null;
  }
}

function parseWord(word: string, nameOf: NameOf): Test | null {
  const prefixed = /^([a-z_]+):(.*)$/.exec(word);
  // An address of IPv6 has colons too.
  if (prefixed && !/^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*$/.test(word)) return prefixTest(prefixed[1]!, prefixed[2]!, nameOf);
  const comparison = /^([^<>=]*)(>=|<=|>|<|=)(.*)$/.exec(word);
  return comparison ? comparisonTest(comparison[1]!, comparison[2]!, comparison[3]!) : wordTest(word, nameOf);
}

/** `nameOf` gives the name of an environment. */
export function parseFilter(text: string, nameOf: NameOf = (id) => id): ParsedFilter {
  const tests: Test[] = [];
  const problems: string[] = [];
  const words = text.toLowerCase().replace(/\s*(>=|<=|>|<|=)\s*/g, '$1').split(/\s+/).filter(Boolean);
  for (const raw of words) {
    const negated = raw.length > 1 && raw.startsWith('-');
    const test = parseWord(negated ? raw.slice(1) : raw, nameOf);
    if (!test) problems.push(raw);
    else tests.push(negated ? (host) => !test(host) : test);
  }
  return { matches: (host) => tests.every((test) => test(host)), words: words.filter((word) => !problems.includes(word)), problems };
}
