// The policy file of a host, for agents that shall run commands.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `commands` are argument lists by name. The agent wants a file that nobody else can write to. */
export function writePolicy(folder, commands) {
  const file = join(folder, 'policy.toml');
  const tables = Object.entries(commands).map(([name, argv]) => `[commands.${name}]\nargv = ${JSON.stringify(argv)}\ndeadline_s = 300\n`);
  writeFileSync(file, tables.join('\n'));
  chmodSync(file, 0o644);
  return file;
}
