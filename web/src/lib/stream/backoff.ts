// How long to wait before the n-th attempt in a row: exponential from 1 s to 30 s, full jitter, never under 200 ms.

const kFirstMs = 1_000;
const kMostMs = 30_000;
const kLeastMs = 200;

export class Backoff {
  private attempts = 0;

  constructor(private readonly random: () => number = Math.random) {}

  next(): number {
    const ceiling = Math.min(kMostMs, kFirstMs * 2 ** Math.min(this.attempts, 16));
    this.attempts += 1;
    return Math.max(kLeastMs, this.random() * ceiling);
  }

  reset(): void {
    this.attempts = 0;
  }
}
