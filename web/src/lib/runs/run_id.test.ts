import { expect, it } from 'vitest';
import { cutAtRuns, isRunId } from './run_id';

const id = `run_${'0a'.repeat(16)}`;

it('knows an id by its form', () => {
  expect([id, id.toUpperCase(), `${id}0`, 'run_1', ''].map(isRunId)).toEqual([true, false, false, false, false]);
});

it('cuts a sentence at the runs in it', () => {
  expect(cutAtRuns(`busy with ${id}, again`)).toEqual([{ text: 'busy with ', isRun: false }, { text: id, isRun: true }, { text: ', again', isRun: false }]);
  expect(cutAtRuns(id)).toEqual([{ text: id, isRun: true }]);
  expect(cutAtRuns('no room')).toEqual([{ text: 'no room', isRun: false }]);
  expect(cutAtRuns('')).toEqual([]);
});
