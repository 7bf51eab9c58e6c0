// The notices in the corner: what stays, what makes room, and what becomes one when there is a crowd of it. Pure; times in ms.
// A notice leaves 8 s after it came, an error that stands elsewhere too (it leads there) after 20 s; one that stands nowhere
// else stays until it is closed, and none is pushed out. The same one comes not again within 30 s. More than two of one kind
// within 5 s, or while errors before them still stand, become one that counts. None leaves while it is read (hold).
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
const kErrorShownMs = 20_000;
/** After it was read. */
const kLeaveMs = 2_000;
const kMost = 4;
const kCrowdMs = 5_000;
const kMostOfAKind = 2;
const kMostCounted = 999;

const shownMs = (severity: Severity) => (severity === 'error' ? kErrorShownMs : kShownMs);

export class ToastList {
  list: Toast[] = [];
  private readonly memory = new ToastMemory();
  private readonly gatherings = new Map<string, Gathering>();
  private readonly endsAt = new Map<number, number>();
  private nextId = 1;
  private isHeld = false;

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

  /** Somebody reads, or reads no more. */
  hold(isHeld: boolean, now: number): void {
    if (this.isHeld && !isHeld) for (const [id, end] of this.endsAt) this.endsAt.set(id, Math.max(end, now + kLeaveMs));
    this.isHeld = isHeld;
  }

  sweep(now: number): void {
    if (!this.isHeld) for (const [id, end] of this.endsAt) if (end <= now) this.close(id);
    for (const [kind, { lastAt, ids }] of this.gatherings) {
      const stands = this.list.some((toast) => toast.severity === 'error' && ids.includes(toast.id));
      if (now - lastAt > kCrowdMs && !stands) this.gatherings.delete(kind);
    }
  }

  /** When the next one leaves; Infinity when none does by itself. */
  nextEnd(): number {
    if (this.isHeld) return Infinity;
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
      if (this.endsAt.has(shown)) this.endsAt.set(shown, now + shownMs(notice.severity));
    }
    // Else it was closed: who has seen it need not see it count on.
  }

  private show({ severity, text, href }: Notice, now: number): number {
    const id = this.nextId++;
    this.list = [...this.list, { id, severity, text, href }];
    if (severity !== 'error' || href !== null) this.endsAt.set(id, now + shownMs(severity));
    return id;
  }

  private makeRoom(): void {
    const passing = this.list.filter((toast) => toast.severity !== 'error');
    const room = Math.max(1, kMost - (this.list.length - passing.length));
    for (const toast of passing.slice(0, Math.max(0, passing.length - room))) this.close(toast.id);
  }
}
