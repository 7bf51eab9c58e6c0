// Short notices in a corner, for the screen; which of them stay is decided in toast_list.ts.
import type { Severity } from '../api/types';
import { ToastList, type Crowd, type Toast } from './toast_list';

class Toasts {
  list = $state.raw<Toast[]>([]);
  private readonly model = new ToastList();
  private timer: ReturnType<typeof setTimeout> | undefined;

  add(severity: Severity, text: string, href: string | null = null, crowd?: Crowd): void {
    this.model.add({ severity, text, href, ...(crowd ? { crowd } : {}) }, Date.now());
    this.changed();
  }

  close(id: number): void {
    this.model.close(id);
    // The pointer that closed it may be told of nothing when what was below it goes.
    this.model.hold(false, Date.now());
    this.changed();
  }

  /** While a pointer or the focus is on them. */
  hold(isHeld: boolean): void {
    this.model.hold(isHeld, Date.now());
    this.changed();
  }

  private changed(): void {
    this.list = this.model.list;
    clearTimeout(this.timer);
    const end = this.model.nextEnd();
    if (end === Infinity) return;
    this.timer = setTimeout(() => {
      this.model.sweep(Date.now());
      this.changed();
    }, Math.max(0, end - Date.now()));
  }
}

export const toasts = new Toasts();
