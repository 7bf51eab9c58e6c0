// One way to ask the server: JSON in, JSON out, problem+json as an ApiError. A 401 anywhere tells `on_unauthorized` once.
import { base } from '../router/base';
import type { Problem } from './types';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** `column` (from 1) and `hint` where something is wrong inside a text. */
    readonly fields: NonNullable<Problem['errors']> = [],
    readonly retryAfterSeconds: number | null = null,
    /** The run that is in the way. */
    readonly runId: string | null = null,
  ) {
    super(detail);
  }

  /** The sentence about one field of the body, if the server gave one. */
  field(name: string): string | null {
    return this.fields.find((field) => field.pointer === `/body/${name}` || field.pointer === `/${name}`)?.detail ?? null;
  }
}

let unauthorized: () => void = () => {};

export function onUnauthorized(action: () => void): void {
  unauthorized = action;
}

export function reportUnauthorized(): void {
  unauthorized();
}

let reached: (answered: boolean) => void = () => {};

/** Told after every question whether the server answered it. */
export function onReached(action: (answered: boolean) => void): void {
  reached = action;
}

/** What a proxy says for a server that it cannot reach. */
const kNobodyThere = [502, 504];

interface Options {
  body?: unknown;
  signal?: AbortSignal;
  /** The version that a change is made from: the server refuses when somebody else was faster. */
  ifMatch?: number;
  /** Told the version of what was answered, for `ifMatch`. */
  onVersion?: (version: number) => void;
  /** The caller deals with a 401 itself (log-in). */
  expectUnauthorized?: true;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  let response: Response;
  try {
    response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal ?? AbortSignal.timeout(20_000),
      cache: 'no-store',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    reached(false);
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
  }
  reached(!kNobodyThere.includes(response.status));
  if (response.status === 401 && !options.expectUnauthorized) unauthorized();
  if (!response.ok) throw await toError(response);
  const version = /^"(\d+)"$/.exec(response.headers.get('ETag') ?? '')?.[1];
  if (version) options.onVersion?.(Number(version));
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function toError(response: Response): Promise<ApiError> {
  const retry = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(retry) && retry > 0 ? retry : null;
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Problem;
  } catch {
    // Not JSON: a proxy answered. The status has to do.
  }
  const detail = problem.detail || problem.title || `The server answered ${response.status}.`;
  return new ApiError(response.status, problem.code ?? 'unknown', detail, problem.errors, retryAfter, (problem as { run_id?: string }).run_id ?? null);
}

export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
