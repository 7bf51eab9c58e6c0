// One plan on several hosts: a few at a time, and what became of each. Pure but for what it is given to call.

export const kMostAtOnce = 50;
const kSideBySide = 4;

export interface Started<Host> {
  begun: number;
  failed: { host: Host; why: string }[];
}

/** Each host has its own answer: one that refuses keeps no other from its run. */
export async function startOnAll<Host extends { name: string }>(hosts: Host[], start: (host: Host) => Promise<unknown>, say: (error: unknown) => string): Promise<Started<Host>> {
  const waiting = [...hosts];
  const done: Started<Host> = { begun: 0, failed: [] };
  const work = async () => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      try {
        await start(host);
        done.begun += 1;
      } catch (error) {
        done.failed.push({ host, why: say(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: kSideBySide }, work));
  return done;
}

export const begunText = (count: number) => (count === 1 ? '1 run is started' : `${count} runs are started`);

/** Each with its reason, which may begin with its name already. */
export function failedText(failed: Started<{ name: string }>['failed'], most = 4): string {
  const said = failed.slice(0, most).map(({ host, why }) => (why.startsWith(host.name) ? why : `${host.name}: ${why}`));
  return `Not started: ${said.join('; ')}${failed.length > most ? ` and ${failed.length - most} more` : ''}`;
}
