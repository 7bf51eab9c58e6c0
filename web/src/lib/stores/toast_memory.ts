// Which notices were shown lately. Pure; bounded by forgetting what is old.

const kQuietMs = 30_000;

export class ToastMemory {
  private readonly shown = new Map<string, number>();

  admits(key: string, now: number): boolean {
    for (const [old, at] of this.shown) if (now - at >= kQuietMs) this.shown.delete(old);
    if (this.shown.has(key)) return false;
    this.shown.set(key, now);
    return true;
  }
}
