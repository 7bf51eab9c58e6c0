// What the charts of one host stand on: columns over one axis of time, loaded from a range answer and carried on, sample by
// sample. Rows are buckets of `stepMs`; a bucket keeps mean, least and most. A hole is one row of nulls. No clock, no I/O.
import type { SeriesAnswer } from '../api/types';

export interface Column {
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

export type Added = 'ok' | 'late';

const kSlack = 64;

export class LiveData {
  readonly times: number[] = [];
  private readonly columns = new Map<string, Column>();
  private samplesInLast = 0;

  /** Rows further apart than `gapMs` have a hole between them; rows older than `windowMs` are dropped. */
  constructor(readonly stepMs: number, private readonly windowMs: number, private readonly gapMs: number) {}

  /** `intervalMs`: how often samples come; the newest bucket already has as many as fit before `answer.to`. */
  static from(answer: SeriesAnswer, windowMs: number, gapMs: number, intervalMs = answer.step_ms): LiveData {
    const data = new LiveData(answer.step_ms, windowMs, gapMs);
    const filled: number[] = [];
    answer.times.forEach((_, row) => {
      if (answer.series.some((series) => series.mean[row] !== null && series.mean[row] !== undefined)) filled.push(row);
    });
    const rows: number[] = [];
    filled.forEach((row, index) => {
      const time = answer.times[row]!;
      if (index > 0 && time - answer.times[filled[index - 1]!]! > gapMs) {
        data.times.push(answer.times[filled[index - 1]!]! + data.stepMs);
        rows.push(-1);
      }
      data.times.push(time);
      rows.push(row);
    });
    for (const series of answer.series) {
      const pick = (values: (number | null)[]) => rows.map((row) => (row < 0 ? null : (values[row] ?? null)));
      data.columns.set(series.key, { mean: pick(series.mean), min: pick(series.min), max: pick(series.max) });
    }
    const lastMs = Math.min(answer.step_ms, answer.to - (data.times.at(-1) ?? answer.to));
    data.samplesInLast = Math.max(1, Math.floor(lastMs / intervalMs));
    return data;
  }

  column(key: string): Column | undefined {
    return this.columns.get(key);
  }

  /** The newest value of a series, if there is one in the last rows. */
  latest(key: string): number | null {
    const values = this.columns.get(key)?.mean;
    if (!values) return null;
    for (let row = values.length - 1; row >= Math.max(0, values.length - 10); row--) {
      const value = values[row];
      if (value !== null && value !== undefined) return value;
    }
    return null;
  }

  /** `late` is a sample from before the newest bucket: the caller fetches again. */
  append(at: number, keys: readonly string[], values: readonly (number | null)[]): Added {
    const bucket = Math.floor(at / this.stepMs) * this.stepMs;
    const last = this.times.at(-1);
    if (last !== undefined && bucket < last) return 'late';
    if (bucket === last) this.mergeIntoLast(keys, values);
    else {
      if (last !== undefined && bucket - last > this.gapMs) this.pushRow(last + this.stepMs);
      this.pushRow(bucket);
      this.samplesInLast = 0;
      this.mergeIntoLast(keys, values);
      this.trim(bucket - this.windowMs);
    }
    return 'ok';
  }

  private pushRow(time: number): void {
    this.times.push(time);
    for (const column of this.columns.values()) {
      column.mean.push(null);
      column.min.push(null);
      column.max.push(null);
    }
  }

  private mergeIntoLast(keys: readonly string[], values: readonly (number | null)[]): void {
    this.samplesInLast += 1;
    const row = this.times.length - 1;
    keys.forEach((key, index) => {
      const value = values[index] ?? null;
      const column = this.columns.get(key) ?? this.addColumn(key);
      if (value === null) return;
      const before = column.mean[row];
      if (before === null || before === undefined) column.mean[row] = column.min[row] = column.max[row] = value;
      else {
        column.mean[row] = before + (value - before) / this.samplesInLast;
        column.min[row] = Math.min(column.min[row] ?? value, value);
        column.max[row] = Math.max(column.max[row] ?? value, value);
      }
    });
  }

  private addColumn(key: string): Column {
    const nulls = () => Array<number | null>(this.times.length).fill(null);
    const column = { mean: nulls(), min: nulls(), max: nulls() };
    this.columns.set(key, column);
    return column;
  }

  /** Drops what is older than `before`, some rows at a time so that it costs next to nothing. */
  private trim(before: number): void {
    if (this.times.length < kSlack || this.times[kSlack - 1]! >= before) return;
    const keep = this.times.findIndex((time) => time >= before);
    const count = keep < 0 ? this.times.length : keep;
    this.times.splice(0, count);
    for (const column of this.columns.values()) {
      column.mean.splice(0, count);
      column.min.splice(0, count);
      column.max.splice(0, count);
    }
  }
}
