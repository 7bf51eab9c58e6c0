// The notices in the corner: what stays, what makes room, and what becomes one when there is a crowd of it. Pure; times in ms.
// A notice leaves 8 s after it came, an error stays until it is closed and is never pushed out. The same one comes not again
// within 30 s. More than three of one kind within 5 s, or while errors before them still stand, become one that counts.
import type { Severity } from '../api/types';
import { ToastMemory } from './toast_memory';

export interface Toast {
  id: number;
  severity: Severity;
  text: string;
  href: string | null;
}

/** What a notice is one of, when many may come at once. */
export interface Crowd {
  kind: string;
  /** What it happened to: two of the same count once. */
  subject: string;
  summary: (count: number) => { text: string; href: string };
}

interface Notice {
  severity: Severity;
  text: string;
  href: string | null;
  crowd?: Crowd;
}

interface Gathering {
  lastAt: number;
  subjects: Set<string>;
  /** Shown one by one, until it is one for all. */
  ids: number[];
  isOne: boolean;
}

const kShownMs = 8_000;
const kMost = 4;
const kCrowdMs = 5_000;
const kMostOfAKind = 3;
const kMostCounted = 999;

export class ToastList {
  list: Toast[] = [];
  private readonly memory = new ToastMemory();
  private readonly gatherings = new Map<string, Gathering>();
  private readonly endsAt = new Map<number, number>();
  private nextId = 1;

  add(notice: Notice, now: number): void {
    this.sweep(now);
    if (!this.memory.admits(`${notice.severity}:${notice.text}`, now)) return;
    const gathering = notice.crowd && this.gather(notice.crowd, now);
    if (notice.crowd && gathering && gathering.subjects.size > kMostOfAKind) this.showCrowd(notice, notice.crowd, gathering, now);
    else {
      const id = this.show(notice, now);
      gathering?.ids.push(id);
    }
    this.makeRoom();
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
    this.endsAt.delete(id);
  }

  sweep(now: number): void {
    for (const [id, end] of this.endsAt) if (end <= now) this.close(id);
    for (const [kind, { lastAt, ids }] of this.gatherings) {
      const stands = this.list.some((toast) => ids.includes(toast.id) && !this.endsAt.has(toast.id));
      if (now - lastAt > kCrowdMs && !stands) this.gatherings.delete(kind);
    }
  }

  /** When the next one leaves; Infinity when none does by itself. */
  nextEnd(): number {
    return Math.min(Infinity, ...this.endsAt.values());
  }

  private gather({ kind, subject }: Crowd, now: number): Gathering {
    const gathering = this.gatherings.get(kind) ?? { lastAt: now, subjects: new Set<string>(), ids: [], isOne: false };
    gathering.lastAt = now;
    if (gathering.subjects.size < kMostCounted) gathering.subjects.add(subject);
    this.gatherings.set(kind, gathering);
    return gathering;
  }

  private showCrowd(notice: Notice, crowd: Crowd, gathering: Gathering, now: number): void {
    const summary = crowd.summary(gathering.subjects.size);
    const [shown] = gathering.ids;
    if (!gathering.isOne) {
      for (const id of gathering.ids) this.close(id);
      gathering.ids = [this.show({ severity: notice.severity, ...summary }, now)];
      gathering.isOne = true;
    } else if (shown !== undefined && this.list.some((toast) => toast.id === shown)) {
      this.list = this.list.map((toast) => (toast.id === shown ? { ...toast, ...summary } : toast));
      if (this.endsAt.has(shown)) this.endsAt.set(shown, now + kShownMs);
    }
    // Else it was closed: who has seen it need not see it count on.
  }

  private show({ severity, text, href }: Notice, now: number): number {
    const id = this.nextId++;
    this.list = [...this.list, { id, severity, text, href }];
    if (severity !== 'error') this.endsAt.set(id, now + kShownMs);
    return id;
  }

  private makeRoom(): void {
    const passing = this.list.filter((toast) => toast.severity !== 'error');
    const room = Math.max(1, kMost - (this.list.length - passing.length));
    for (const toast of passing.slice(0, Math.max(0, passing.length - room))) this.close(toast.id);
  }
}
