// Every call the page makes, one line each.
import { request } from './client';
import type * as t from './types';

function query(values: Record<string, string | number | null | undefined>): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') parts.set(key, String(value));
  }
  const text = parts.toString();
  return text ? `?${text}` : '';
}

/** All pages of a list, bounded: 20 pages of 500. */
async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 20; page++) {
    const answer: t.List<T> = await request('GET', path + query({ limit: 500, cursor }));
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return items;
}

export const api = {
  setupNeeded: () => request<{ needed: boolean }>('GET', '/setup'),
  setUp: (body: { token: string; name: string; password: string }) =>
    request<t.SessionInfo>('POST', '/setup', { body, expectUnauthorized: true }),
  session: () => request<t.SessionInfo>('GET', '/session', { expectUnauthorized: true }),
  signIn: (body: { name: string; password: string }) =>
    request<t.SessionInfo>('POST', '/session', { body, expectUnauthorized: true }),
  signOut: () => request<void>('DELETE', '/session', { expectUnauthorized: true }),

  tokens: () => all<t.Token>('/tokens'),
  createToken: (body: { name: string; scopes: t.Scope[]; expires_at?: string }) =>
    request<t.NewToken>('POST', '/tokens', { body }),
  revokeToken: (id: string) => request<void>('DELETE', `/tokens/${id}`),

  hosts: () => all<t.Host>('/hosts'),
  host: (id: string) => request<t.Host>('GET', `/hosts/${id}`),
  removeHost: (id: string) => request<void>('DELETE', `/hosts/${id}`),
  layout: (id: string) => request<t.Layout>('GET', `/hosts/${id}/layout`),
  series: (id: string, range: { from: number; to: number; points: number }, signal?: AbortSignal) =>
    request<t.SeriesAnswer>('GET', `/hosts/${id}/series${query(range)}`, { signal }),
  sparklines: () => request<t.Sparklines>('GET', '/sparklines?points=30'),

  createEnrolmentToken: (body: { environment_id?: string }) => request<t.EnrolmentToken>('POST', '/enrolment-tokens', { body }),
  enrolmentState: (id: string) => request<t.EnrolmentToken>('GET', `/enrolment-tokens/${id}`),

  logs: (filter: { level?: string; query?: string; lines?: number }) => request<t.LogLines>('GET', `/logs${query(filter)}`),

  events: (filter: { severity?: string; type?: string; host_id?: string; environment?: string; limit?: number; cursor?: string | null }) =>
    request<t.List<t.Event>>('GET', `/events${query(filter)}`),
};
