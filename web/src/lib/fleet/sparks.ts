// The little lines of the fleet table: a few buckets per host, loaded once and carried on from the frames of the stream.
import type { StreamFleetStatus } from '../api/stream_types';
import type { Sparklines } from '../api/types';

export interface Spark {
  cpu: (number | null)[];
  /** Network, received and sent together. */
  net: (number | null)[];
}

export const kSparkPoints = 30;
const kDefaultStepMs = 30_000;

interface Cell {
  spark: Spark;
  bucket: number;
  samples: number;
}

const sum = (a: number | null | undefined, b: number | null | undefined) =>
  a === null || a === undefined ? (b ?? null) : a + (b ?? 0);

export class Sparks {
  private readonly cells = new Map<number, Cell>();
  private stepMs = kDefaultStepMs;

  load(answer: Sparklines): void {
    this.cells.clear();
    this.stepMs = answer.step_ms > 0 ? answer.step_ms : kDefaultStepMs;
    const last = answer.times.at(-1) ?? 0;
    for (const host of answer.hosts) {
      const net = host.rx.map((rx, index) => sum(rx, host.tx[index]));
      this.cells.set(host.number, { spark: { cpu: host.cpu_percent, net }, bucket: this.bucketOf(last), samples: 1 });
    }
  }

  get(number: number): Spark | undefined {
    return this.cells.get(number)?.spark;
  }

  apply(message: StreamFleetStatus): void {
    const bucket = this.bucketOf(message.at);
    for (const [number, state, cpu, , , rx, tx] of message.hosts) {
      if (state !== 1) continue;
      const net = rx < 0 && tx < 0 ? null : Math.max(rx, 0) + Math.max(tx, 0);
      this.add(number, bucket, cpu < 0 ? null : cpu / 10, net);
    }
  }

  private add(number: number, bucket: number, cpu: number | null, net: number | null): void {
    const cell = this.cells.get(number) ?? { spark: { cpu: [], net: [] }, bucket: bucket - 1, samples: 0 };
    const steps = Math.min(Math.max(bucket - cell.bucket, 0), kSparkPoints);
    const samples = steps > 0 ? 1 : cell.samples + 1;
    const next = (line: (number | null)[], value: number | null) => {
      const kept = steps > 0 ? [...line, ...Array<null>(steps - 1).fill(null), value] : [...line.slice(0, -1), mean(line.at(-1), value, samples)];
      return kept.slice(-kSparkPoints);
    };
    const spark = { cpu: next(cell.spark.cpu, cpu), net: next(cell.spark.net, net) };
    this.cells.set(number, { spark, bucket: Math.max(bucket, cell.bucket), samples });
  }

  private bucketOf(at: number): number {
    return Math.floor(at / this.stepMs);
  }
}

function mean(before: number | null | undefined, value: number | null, samples: number): number | null {
  if (before === null || before === undefined) return value;
  return value === null ? before : before + (value - before) / samples;
}
