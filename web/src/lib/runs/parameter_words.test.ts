import { expect, it } from 'vitest';
import { commandsOf } from './parameter_words';

it('knows commands by the runs that they had', () => {
  const run = (title: string, started_at: string | null = '2026-11-28T03:00:00.000Z') => ({ title, started_at });
  expect(commandsOf([run('Command nightly'), run('Check of the host'), run('Command a b'), run('Command nightly'), run('Command typo', null)])).toEqual(['a b', 'nightly']);
});
