// What the parameters of a plan are called in forms. Pure.
import type { Plan } from '../api/run_types';

export const isCommandName = (plan: Pick<Plan, 'name'>, parameter: string): boolean => plan.name === 'command' && parameter === 'name';

export function parameterLabel(plan: Pick<Plan, 'name'>, parameter: string): string {
  if (isCommandName(plan, parameter)) return 'Command';
  const words = parameter.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const parameterHint = (plan: Pick<Plan, 'name'>, parameter: string): string =>
  isCommandName(plan, parameter) ? 'By its name in the policy file of the host: nothing else can be run there.' : '';
