// The server's log as it is looked at: what was kept, and what is written now. Started and stopped by the page.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { LogLine } from '../../lib/api/types';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';
import { fits, kMost, merge, type LogFilter } from './log_rules';

export class LogList {
  lines = $state.raw<LogLine[]>([]);
  loaded = $state(false);
  problem = $state('');
  paused = $state(false);
  /** Lines that came while it was paused. */
  waiting = $state(0);
  private filter: LogFilter = { level: 'info', text: '' };
  private arrived: LogLine[] = [];
  private frame = 0;
  private asked = 0;

  /** Call inside an effect. */
  start(): () => void {
    const stopLooking = stream.look('logs');
    const stopHearing = stream.onMessage((message) => {
      if (message.type !== 'log_entry') return;
      if ('skipped' in message.data) return void this.load(this.filter);
      if (!fits(message.data, this.filter)) return;
      this.arrived.push(message.data);
      if (this.arrived.length > 2 * kMost) this.arrived = this.arrived.slice(-kMost);
      this.frame ||= requestAnimationFrame(() => this.flush());
    });
    const stopFresh = keepFresh(() => void this.load(this.filter));
    return () => {
      stopLooking();
      stopHearing();
      stopFresh();
      cancelAnimationFrame(this.frame);
      this.frame = 0;
    };
  }

  async load(filter: LogFilter): Promise<void> {
    const isOther = filter.level !== this.filter.level || filter.text !== this.filter.text;
    this.filter = filter;
    const asked = ++this.asked;
    try {
      await stream.ready('logs');
      const answer = await api.logs({ level: filter.level, query: filter.text, lines: kMost });
      if (asked !== this.asked) return;
      const fitting = this.arrived.filter((line) => fits(line, filter));
      if (isOther || !this.loaded) {
        this.arrived = [];
        this.lines = merge(answer.items, fitting);
        this.waiting = 0;
      } else {
        this.arrived = [...answer.items, ...fitting];
        this.flush();
      }
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      if (asked === this.asked) this.problem = sentence(error);
    }
  }

  pause(): void {
    this.paused = !this.paused;
    if (!this.paused) this.flush();
  }

  private flush(): void {
    this.frame = 0;
    if (this.paused) {
      const last = this.lines.at(-1)?.id ?? -1;
      this.waiting = new Set(this.arrived.filter((line) => line.id > last).map((line) => line.id)).size;
      return;
    }
    this.lines = merge(this.lines, this.arrived);
    this.arrived = [];
    this.waiting = 0;
  }
}
