// What the parameters of a plan are called in forms. Pure.
import type { Plan, Run } from '../api/run_types';

export function parameterLabel(plan: Pick<Plan, 'name'>, parameter: string): string {
  if (plan.name === 'command' && parameter === 'name') return 'Command';
  const words = parameter.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const parameterHint = (plan: Pick<Plan, 'name'>, parameter: string): string =>
  plan.name === 'command' && parameter === 'name' ? 'By its name in the policy file of the host: nothing else can be run there.' : '';

/** The commands that were run, by the titles of their runs (`Command nightly`), each once; not those that were refused. */
export function commandsOf(runs: Pick<Run, 'title' | 'started_at'>[]): string[] {
  const named = runs.filter((run) => run.title.startsWith('Command ') && run.started_at !== null);
  return [...new Set(named.map((run) => run.title.slice('Command '.length)))].sort();
}
