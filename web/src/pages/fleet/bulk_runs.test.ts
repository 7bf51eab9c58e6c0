import { expect, it } from 'vitest';
import { begunText, failedText, startOnAll } from './bulk_runs';

const hosts = Array.from({ length: 11 }, (_, index) => ({ name: `web-${index}` }));

it('starts on each host once, a few at a time, whatever becomes of the others', async () => {
  const seen: string[] = [];
  let now = 0;
  let most = 0;
  const done = await startOnAll(
    hosts,
    async ({ name }) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      seen.push(name);
      now -= 1;
      if (name.endsWith('3')) throw new Error('it is busy');
    },
    (error) => (error as Error).message,
  );
  expect(seen.sort()).toEqual(hosts.map((host) => host.name).sort());
  expect(most).toBeLessThanOrEqual(4);
  expect(done).toEqual({ begun: 10, failed: [{ host: hosts[3], why: 'it is busy' }] });
});

it('names some of those that failed', () => {
  expect(begunText(1)).toBe('1 run is started');
  expect(begunText(7)).toBe('7 runs are started');
  const failed = ['a', 'b', 'c'].map((name) => ({ host: { name }, why: name === 'b' ? 'b is not connected' : 'it is busy' }));
  expect(failedText(failed.slice(0, 2))).toBe('Not started: a: it is busy; b is not connected');
  expect(failedText(failed, 2)).toBe('Not started: a: it is busy; b is not connected and 1 more');
});
