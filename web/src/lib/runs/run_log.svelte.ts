// The log of one run as it is looked at: the newest lines that were kept, and what is written now. Started and stopped by the log.
import { sentence } from '../api/client';
import { api } from '../api/endpoints';
import type { RunLogLine } from '../api/run_types';
import { keepFresh } from '../stores/live.svelte';
import { stream } from '../stream';
import { fits, kAllLines, kMostLines, merge, type RunLogFilter } from './run_log_rules';

const kPage = 1_000;

export class RunLogLines {
  lines = $state.raw<RunLogLine[]>([]);
  loaded = $state(false);
  problem = $state('');
  paused = $state(false);
  /** Lines that came while it was paused. */
  waiting = $state(0);
  /** Lines that were not kept, for a run has a bound. */
  dropped = $state(0);
  /** There are lines before those that are shown. */
  hasEarlier = $state(false);
  private filter: RunLogFilter = kAllLines;
  private arrived: RunLogLine[] = [];
  private frame = 0;
  private asked = 0;
  private readonly topic: string;

  constructor(readonly id: string) {
    this.topic = `run:${id}`;
  }

  /** Call inside an effect. */
  start(): () => void {
    const stops = [
      stream.look(this.topic),
      stream.onMessage((message) => {
        if (message.type !== 'run_log' || message.data.run_id !== this.id) return;
        this.arrived.push(...message.data.lines.filter((line) => fits(line, { ...this.filter, step: 0 })));
        if (this.arrived.length > 2 * kMostLines) this.arrived = this.arrived.slice(-kMostLines);
        this.frame ||= requestAnimationFrame(() => this.flush());
      }),
      keepFresh(() => void this.load(this.filter)),
    ];
    return () => {
      for (const stop of stops) stop();
      cancelAnimationFrame(this.frame);
      this.frame = 0;
    };
  }

  /** Level and text are the server's to filter, for there may be more lines than are here; the step is filtered by who shows them. */
  async load(filter: RunLogFilter): Promise<void> {
    const isOther = filter.level !== this.filter.level || filter.text !== this.filter.text;
    this.filter = filter;
    const asked = ++this.asked;
    try {
      await stream.ready(this.topic);
      const answer = await api.runLog(this.id, { limit: kPage, level: filter.level === 'debug' ? '' : filter.level, query: filter.text });
      if (asked !== this.asked) return;
      const fitting = this.arrived.filter((line) => fits(line, { ...filter, step: 0 }));
      // Between what was shown and what came there may be a hole: then the new ones stand alone.
      const isApart = !isOther && (answer.lines[0]?.sequence ?? 0) > (this.lines.at(-1)?.sequence ?? 0) + 1 && answer.lines.length >= kPage;
      if (this.paused && !isOther) {
        this.arrived = [...answer.lines, ...fitting];
        return this.flush();
      }
      this.arrived = [];
      this.lines = merge(isOther || isApart ? [] : this.lines, merge(answer.lines, fitting));
      this.hasEarlier = answer.lines.length >= kPage && (this.lines[0]?.sequence ?? 1) > 1;
      this.dropped = answer.dropped;
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
      const last = this.lines.at(-1)?.sequence ?? -1;
      this.waiting = new Set(this.arrived.filter((line) => line.sequence > last).map((line) => line.sequence)).size;
      return;
    }
    this.lines = merge(this.lines, this.arrived);
    this.arrived = [];
    this.waiting = 0;
  }
}
