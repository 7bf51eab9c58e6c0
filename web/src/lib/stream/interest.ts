// What the tabs look at: each tab's topics, and their union. Pure; a tab that is not heard of for a while is forgotten.

const kForgetMs = 150_000;

export class Interest {
  private readonly tabs = new Map<string, { topics: string[]; heardAt: number }>();

  set(tab: string, topics: string[], now: number): void {
    this.tabs.set(tab, { topics, heardAt: now });
  }

  drop(tab: string): void {
    this.tabs.delete(tab);
  }

  union(now: number, keep: string): string[] {
    const topics = new Set<string>();
    for (const [tab, { topics: wanted, heardAt }] of this.tabs) {
      if (tab !== keep && now - heardAt > kForgetMs) this.tabs.delete(tab);
      else for (const topic of wanted) topics.add(topic);
    }
    return [...topics].sort();
  }
}

/** `<epoch>-<sequence>`: is `id` after `last`? An id of another epoch is always new. */
export function isAfter(id: string, last: string): boolean {
  if (!id || !last) return true;
  const cut = id.lastIndexOf('-');
  const lastCut = last.lastIndexOf('-');
  if (id.slice(0, cut) !== last.slice(0, lastCut)) return true;
  return Number(id.slice(cut + 1)) > Number(last.slice(lastCut + 1));
}
