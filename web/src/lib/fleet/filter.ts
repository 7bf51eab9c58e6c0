// What is typed over the fleet: words that must all hold, such as `disk>80 label:prod offline -web`.
// cpu, memory (mem), disk, rx, tx with > >= < <= =; rx and tx take k, m, g. state:x, label:x, label:k=v, name:x, version:x; a bare
// word is a state if it is one, else part of name, label or version. A leading - turns a word round.
import type { HostState } from '../api/types';

export interface FilterSubject {
  name: string;
  state: HostState;
  labels: Record<string, string>;
  version: string;
  cpu: number | null;
  memory: number | null;
  disk: number | null;
  rx: number | null;
  tx: number | null;
}

export interface ParsedFilter {
  matches: (host: FilterSubject) => boolean;
  /** Words that look like a comparison but are none. They are ignored, and shown. */
  problems: string[];
}

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

function wordTest(word: string): Test {
  if (kStates.has(word)) return (host) => host.state === word;
  const label = labelTest(word);
  return (host) => holds(host.name, word) || holds(host.version, word) || label(host);
}

function parseWord(word: string): Test | null {
  const comparison = /^([a-z]+)(>=|<=|>|<|=)(.*)$/.exec(word);
  if (comparison) {
    const field = kFields[comparison[1]!];
    const amount = /^(\d+(?:\.\d+)?)([kmg]?)%?$/.exec(comparison[3]!);
    if (!field || !amount) return null;
    const limit = Number(amount[1]) * kScale[amount[2]!]!;
    const test = compare[comparison[2]!]!;
    return (host) => host[field] !== null && test(host[field], limit);
  }
  const prefixed = /^(state|label|name|version):(.*)$/.exec(word);
  if (!prefixed) return wordTest(word);
  const value = prefixed[2]!;
  if (value === '') return () => true;
  switch (prefixed[1]) {
    case 'state': return (host) => host.state.startsWith(value);
    case 'label': return labelTest(value);
    case 'name': return (host) => holds(host.name, value);
    default: return (host) => holds(host.version, value);
  }
}

export function parseFilter(text: string): ParsedFilter {
  const tests: Test[] = [];
  const problems: string[] = [];
  for (const raw of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const negated = raw.length > 1 && raw.startsWith('-');
    const test = parseWord(negated ? raw.slice(1) : raw);
    if (!test) problems.push(raw);
    else tests.push(negated ? (host) => !test(host) : test);
  }
  return { matches: (host) => tests.every((test) => test(host)), problems };
}
