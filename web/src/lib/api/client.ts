// One way to ask the server: JSON in, JSON out, problem+json as an ApiError. A 401 anywhere tells `on_unauthorized` once.
import { base } from '../router/base';
import type { Problem } from './types';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: { pointer: string; detail: string }[] = [],
    readonly retryAfterSeconds: number | null = null,
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

interface Options {
  body?: unknown;
  signal?: AbortSignal;
  /** The caller deals with a 401 itself (log-in). */
  expectUnauthorized?: true;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
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
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
  }
  if (response.status === 401 && !options.expectUnauthorized) unauthorized();
  if (!response.ok) throw await toError(response);
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
  return new ApiError(response.status, problem.code ?? 'unknown', detail, problem.errors, retryAfter);
}

export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
