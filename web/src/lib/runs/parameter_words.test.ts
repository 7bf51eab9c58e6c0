import { expect, test } from 'vitest';
import { isCommandName, parameterHint, parameterLabel } from './parameter_words';

test('the name of a command has words of its own, other parameters are read from their names', () => {
  expect(parameterLabel({ name: 'command' }, 'name')).toBe('Command');
  expect(parameterHint({ name: 'command' }, 'name')).toContain('policy file');
  expect(parameterLabel({ name: 'copy' }, 'keep_days')).toBe('Keep days');
  expect(parameterHint({ name: 'copy' }, 'name')).toBe('');
  expect([isCommandName({ name: 'command' }, 'name'), isCommandName({ name: 'command' }, 'other'), isCommandName({ name: 'copy' }, 'name')]).toEqual([true, false, false]);
});
