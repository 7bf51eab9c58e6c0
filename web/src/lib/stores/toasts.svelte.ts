// Short notices in a corner. The same one not again within 30 s; they leave after 8 s, errors stay until closed.
import type { Severity } from '../api/types';
import { ToastMemory } from './toast_memory';

export interface Toast {
  id: number;
  severity: Severity;
  text: string;
  href: string | null;
}

const kShownMs = 8_000;
const kMost = 4;

class Toasts {
  list = $state.raw<Toast[]>([]);
  private readonly memory = new ToastMemory();
  private nextId = 1;

  add(severity: Severity, text: string, href: string | null = null): void {
    if (!this.memory.admits(`${severity}:${text}`, Date.now())) return;
    const id = this.nextId++;
    this.list = [...this.list, { id, severity, text, href }].slice(-kMost);
    if (severity !== 'error') setTimeout(() => this.close(id), kShownMs);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
