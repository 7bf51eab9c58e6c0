// A log as it is looked at: the newest lines that were kept, and what is written now. Started and stopped by who shows it.
import { sentence } from '../api/client';
import type { StreamMessage } from '../api/stream_types';
import { keepFresh } from '../stores/live.svelte';
import { stream } from '../stream';
import type { Shape } from '../ui/shapes';
import { fits, kMostLines, merge, type Line, type LogFilter } from './log_line';

/** However much is asked for: what the memory of a tab is good for. */
const kMostEver = 50_000;

export interface LogAnswer {
  /** The newest that fit, in order. */
  lines: Line[];
  /** There may be more before them. */
  isCut: boolean;
  /** Lines that were not kept. */
  dropped: number;
}

/** Where a log comes from: what is asked for, and what the stream says. */
export interface LogSource {
  topic: string;
  /** From the least to the worst, with their shapes. */
  levels: Record<string, Shape>;
  /** The level that is shown unless another is chosen. */
  usual: string;
  fetch(filter: LogFilter): Promise<LogAnswer>;
  /** Those before this one, in order; where the log can be read back. Empty: there are none. */
  fetchBefore?(first: Line): Promise<Line[]>;
  /** Lines of this log in a message; null: none. 'gap': some were left out. */
  hear(message: StreamMessage): Line[] | 'gap' | null;
}

export class LogLines {
  lines = $state.raw<Line[]>([]);
  loaded = $state(false);
  problem = $state('');
  paused = $state(false);
  /** Lines that came while it was paused. */
  waiting = $state(0);
  dropped = $state(0);
  /** There are lines before those that are shown. */
  hasEarlier = $state(false);
  loadingEarlier = $state(false);
  /** More are shown only when someone asks for them. */
  private most = kMostLines;
  readonly levels: string[];
  private filter: LogFilter;
  private arrived: Line[] = [];
  /** Between what is shown and what has arrived there may be a hole: then the new ones stand alone. */
  private isApart = false;
  private isCut = false;
  private frame = 0;
  private asked = 0;

  constructor(readonly source: LogSource) {
    this.levels = Object.keys(source.levels);
    this.filter = { level: source.usual, text: '' };
  }

  /** Call inside an effect. */
  start(): () => void {
    const stops = [
      stream.look(this.source.topic),
      stream.onMessage((message) => this.hear(message)),
      keepFresh(() => void this.load(this.filter)),
    ];
    return () => {
      for (const stop of stops) stop();
      cancelAnimationFrame(this.frame);
      this.frame = 0;
    };
  }

  private hear(message: StreamMessage): void {
    const heard = this.source.hear(message);
    if (heard === 'gap') return void this.load(this.filter);
    const fitting = heard?.filter((line) => fits(line, this.filter, this.levels)) ?? [];
    if (fitting.length === 0) return;
    this.arrived.push(...fitting);
    if (this.arrived.length > 2 * kMostLines) {
      this.arrived = this.arrived.slice(-kMostLines);
      this.isApart = true;
    }
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  /** Level and text are the server's to filter, for there may be more lines than are here. */
  async load(filter: LogFilter): Promise<void> {
    const isOther = filter.level !== this.filter.level || filter.text !== this.filter.text;
    this.filter = filter;
    const asked = ++this.asked;
    try {
      await stream.ready(this.source.topic);
      const answer = await this.source.fetch(filter);
      if (asked !== this.asked) return;
      const isNew = isOther || !this.loaded;
      const isHole = answer.isCut && (answer.lines[0]?.id ?? 0) > (this.lines.at(-1)?.id ?? 0) + 1;
      this.isApart ||= isNew || isHole;
      if (this.isApart) this.isCut = answer.isCut;
      this.arrived = merge(answer.lines, this.arrived.filter((line) => fits(line, filter, this.levels)));
      if (isNew) this.take();
      else this.flush();
      this.dropped = answer.dropped;
      this.loaded = true;
      this.problem = '';
    } catch (error) {
      if (asked === this.asked) this.problem = sentence(error);
    }
  }

  /** For a log that is not filtered. */
  async loadEarlier(): Promise<void> {
    const first = this.lines[0];
    if (!first || !this.source.fetchBefore || this.loadingEarlier) return;
    this.loadingEarlier = true;
    try {
      const asked = this.asked;
      const earlier = (await this.source.fetchBefore(first)).filter((line) => line.id < first.id);
      if (asked !== this.asked || this.lines[0]?.id !== first.id) return;
      this.most = Math.min(kMostEver, Math.max(this.most, this.lines.length + earlier.length + kMostLines));
      this.lines = [...earlier, ...this.lines].slice(0, kMostEver);
      this.isCut = earlier.length > 0 && earlier[0]!.id > 1;
      this.hasEarlier = this.isCut && this.lines.length < kMostEver;
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loadingEarlier = false;
    }
  }

  pause(): void {
    this.paused = !this.paused;
    if (!this.paused) this.flush();
  }

  private flush(): void {
    this.frame = 0;
    if (!this.paused) return this.take();
    const last = this.lines.at(-1)?.id ?? -1;
    this.waiting = new Set(this.arrived.filter((line) => line.id > last).map((line) => line.id)).size;
  }

  private take(): void {
    if (this.isApart) this.most = kMostLines;
    this.lines = merge(this.isApart ? [] : this.lines, this.arrived, this.most);
    this.hasEarlier = this.isCut || this.lines.length >= this.most;
    this.arrived = [];
    this.isApart = false;
    this.waiting = 0;
  }
}
