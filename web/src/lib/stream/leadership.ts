// One tab of a browser leads. With the Web Locks API the lock goes to the next tab when the leader goes away; without it (plain
// HTTP beyond loopback) every tab leads itself.

const kLock = 'fettle.stream';

export interface Leadership {
  /** Gives the lead away, for good. */
  release(): void;
}

export function seekLeadership(onLead: () => void): Leadership {
  if (!navigator.locks) {
    queueMicrotask(onLead);
    return { release() {} };
  }
  const controller = new AbortController();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  navigator.locks
    .request(kLock, { signal: controller.signal }, () => {
      onLead();
      return held;
    })
    .catch(() => {});
  return {
    release() {
      controller.abort();
      release();
    },
  };
}

export const sharesBetweenTabs = () => Boolean(navigator.locks) && typeof BroadcastChannel !== 'undefined';
