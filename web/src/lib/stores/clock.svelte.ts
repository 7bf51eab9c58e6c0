// One clock for every age on the page: ticks once a second, and speaks the server's time.

class Clock {
  private ticked = $state(Date.now());
  private offsetMs = $state(0);

  constructor() {
    const tick = () => {
      this.ticked = Date.now();
      setTimeout(tick, 1_000 - (Date.now() % 1_000));
    };
    tick();
  }

  /** Now by the server's clock, in ms; changes once a second. */
  get now(): number {
    return this.ticked + this.offsetMs;
  }

  /** Now by this browser's clock; changes once a second. */
  get local(): number {
    return this.ticked;
  }

  setOffset(ms: number): void {
    // Small differences are travel time, not clocks.
    const offset = Math.abs(ms) < 250 ? 0 : ms;
    if (Math.abs(offset - this.offsetMs) > 250) this.offsetMs = offset;
  }
}

export const clock = new Clock();
