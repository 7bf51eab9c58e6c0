import { expect, it } from 'vitest';
import { refusedTopics } from './refused_topics';

const asked = ['events', 'fleet', 'host:host_nope'];

it('reads which topics are meant from the pointers', () => {
  expect(refusedTopics({ errors: [{ pointer: '/query/topics/2', detail: '' }] }, asked)).toEqual(['host:host_nope']);
  expect(refusedTopics({ errors: [{ pointer: '/body/topics/0' }, { pointer: '/body/topics/2' }] }, asked)).toEqual(['events', 'host:host_nope']);
});

it('finds none in what names none', () => {
  for (const problem of [null, undefined, 'text', {}, { errors: 'x' }, { errors: [null, {}, { pointer: '/query/topics' }, { pointer: '/query/topics/9' }] }]) {
    expect(refusedTopics(problem, asked)).toEqual([]);
  }
});
