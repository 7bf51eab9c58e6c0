// The schedules, as they are now. A run that one of them began, and the passing of a due time, change what was last and what is
// next: then they are asked for again. Started and stopped by the page.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { Schedule } from '../../lib/api/run_types';
import { clock } from '../../lib/stores/clock.svelte';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';

const kAgainMs = 1_000;
const kCheckMs = 5_000;

export class ScheduleList {
  items = $state.raw<Schedule[]>([]);
  loaded = $state(false);
  problem = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Call inside an effect. */
  start(): () => void {
    const check = setInterval(() => {
      if (document.visibilityState === 'visible' && this.items.some((one) => one.next_at && Date.parse(one.next_at) < clock.now)) this.loadSoon();
    }, kCheckMs);
    const stops = [
      stream.look('runs'),
      stream.onMessage((message) => {
        if (message.type === 'run_update' && message.data.run.schedule_id) this.loadSoon();
      }),
      keepFresh(() => void this.load()),
    ];
    void this.load();
    return () => {
      for (const stop of stops) stop();
      clearInterval(check);
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  async load(): Promise<void> {
    try {
      this.items = [...(await api.schedules())].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  /** The answer to a change that was just made here. */
  take(schedule: Schedule): void {
    this.items = this.items.map((one) => (one.id === schedule.id ? schedule : one));
  }

  private loadSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, kAgainMs);
  }
}
