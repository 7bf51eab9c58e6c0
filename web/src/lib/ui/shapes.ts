// State is a shape, a colour and a word, the same everywhere.
import type { HostState, LogLevel, Severity } from '../api/types';

export type Shape = 'ok' | 'running' | 'late' | 'failed' | 'skipped' | 'offline' | 'unknown' | 'note';

export const hostShape: Record<HostState, Shape> = { waiting: 'unknown', online: 'ok', late: 'late', offline: 'offline' };
export const severityShape: Record<Severity, Shape> = { debug: 'note', info: 'note', success: 'ok', warning: 'late', error: 'failed' };
export const levelShape: Record<LogLevel, Shape> = { trace: 'offline', debug: 'offline', info: 'note', warn: 'late', error: 'failed' };
