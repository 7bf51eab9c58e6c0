// Starts the real program: a server on a free port in a folder of its own, agents beside it. Everything started here is ended by stop().
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
export const program = process.env.FETTLE_BIN ?? join(root, 'build/release/bin/fettle');

/** A child process whose output is kept for the message of a failing test. */
class Child {
  constructor(args, env = {}, path = program) {
    this.output = '';
    this.process = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.exited = new Promise((done) => this.process.once('exit', (code, signal) => done(code ?? signal)));
    for (const pipe of [this.process.stdout, this.process.stderr]) pipe.on('data', (data) => (this.output += data));
  }

  get running() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async stop(signal = 'SIGTERM') {
    if (this.running) this.process.kill(signal);
    const late = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    const result = await this.exited;
    clearTimeout(late);
    return result;
  }
}

/** A copy of the program in a short place of its own, for pictures: its commands name where it is. Ends with `remove`. */
export function copyProgram() {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-'));
  copyFileSync(program, join(folder, 'copying'));
  renameSync(join(folder, 'copying'), join(folder, 'fettle'));
  return { path: join(folder, 'fettle'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const spawnProgram = (args) => new Child(args);

export class Server {
  /** `settings` are FETTLE_... of the configuration; `path` is another place of the program. */
  constructor(settings = {}, path = program) {
    this.settings = settings;
    this.path = path;
    this.folder = mkdtempSync(join(tmpdir(), 'fettle-browser-'));
    this.listen = '127.0.0.1:0';
    this.agents = [];
  }

  async start() {
    const ready = join(this.folder, 'ready.json');
    rmSync(ready, { force: true });
    this.child = new Child(['server', '--data', join(this.folder, 'server'), '--listen', this.listen, '--ready-file', ready], this.settings, this.path);
    const line = await eventually('the server is ready', () => {
      if (!this.child.running) throw new Error(`the server ended:\n${this.child.output}`);
      return existsSync(ready) && readFileSync(ready, 'utf8').includes('\n') && JSON.parse(readFileSync(ready, 'utf8'));
    });
    this.url = line.url.replace(/\/$/, '');
    this.setupUrl = line.setup_url;
    // A restart comes back on the same port.
    this.listen = new URL(this.url).host;
    return this;
  }

  /** `token` is one word, or a flag and its value. */
  async enroll(url, ...token) {
    const data = mkdtempSync(join(this.folder, 'agent-'));
    const child = new Child(['enroll', url, ...token, '--data', data]);
    const code = await child.exited;
    if (code !== 0) throw new Error(`enroll ended with ${code}:\n${child.output}`);
    return data;
  }

  startAgent(data, ...more) {
    const agent = new Child(['agent', '--data', data, ...more]);
    this.agents.push(agent);
    return agent;
  }

  async stop() {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.child?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
