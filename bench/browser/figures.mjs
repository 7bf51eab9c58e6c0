// What the measurements in a browser share.
import { readdirSync, readFileSync } from 'node:fs';

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const rounded = (value, digits = 1) => (value === null ? null : Number(value.toFixed(digits)));

export const spread = (values) => ({ p50: rounded(quantile(values, 0.5)), p95: rounded(quantile(values, 0.95)), p99: rounded(quantile(values, 0.99)), max: rounded(quantile(values, 1)) });

export const row = (name, figures) => console.log(JSON.stringify({ row: name, ...figures }));

export const loadAverage = () => Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);

/** Of all threads that live, in nanoseconds of the scheduler. */
export const cpuSeconds = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e9;

export const residentMib = (pid) => rounded(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024, 0);
