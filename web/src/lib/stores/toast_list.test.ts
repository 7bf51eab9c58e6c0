import { describe, expect, it } from 'vitest';
import { ToastList, type Crowd } from './toast_list';

const offline = (name: string): Crowd => ({
  kind: 'host.offline', subject: name, summary: (count) => ({ text: `${count} hosts went offline`, href: '/fleet?q=offline' }),
});
const goOffline = (toasts: ToastList, name: string, now: number) =>
  toasts.add({ severity: 'warning', text: `${name} is offline`, href: `/hosts/${name}`, crowd: offline(name) }, now);
const texts = (toasts: ToastList) => toasts.list.map((toast) => toast.text);

describe('ToastList', () => {
  it('makes one of a crowd, which counts', () => {
    const toasts = new ToastList();
    for (let host = 0; host < 3; host++) goOffline(toasts, `web-${host}`, host);
    expect(texts(toasts)).toEqual(['web-0 is offline', 'web-1 is offline', 'web-2 is offline']);
    for (let host = 3; host < 184; host++) goOffline(toasts, `web-${host}`, host * 20);
    expect(toasts.list).toMatchObject([{ text: '184 hosts went offline', href: '/fleet?q=offline', severity: 'warning' }]);
  });

  it('makes no crowd of what comes one by one', () => {
    const toasts = new ToastList();
    for (let host = 0; host < 6; host++) goOffline(toasts, `web-${host}`, host * 6_000);
    expect(texts(toasts)).toEqual(['web-4 is offline', 'web-5 is offline']);
  });

  it('makes one of errors that come while others still stand, however slowly', () => {
    const toasts = new ToastList();
    const crowd = (name: string): Crowd => ({ kind: 'run:failed', subject: name, summary: (count) => ({ text: `${count} runs failed`, href: '/runs' }) });
    for (let run = 0; run < 5; run++) toasts.add({ severity: 'error', text: `run ${run} failed`, href: null, crowd: crowd(`${run}`) }, run * 120_000);
    expect(texts(toasts)).toEqual(['5 runs failed']);
    toasts.close(toasts.list[0]!.id);
    toasts.add({ severity: 'error', text: 'run 9 failed', href: null, crowd: crowd('9') }, 900_000);
    expect(texts(toasts)).toEqual(['run 9 failed']);
  });

  it('lets a crowd that was closed rest until it has ended', () => {
    const toasts = new ToastList();
    for (let host = 0; host < 9; host++) goOffline(toasts, `web-${host}`, 0);
    toasts.close(toasts.list[0]!.id);
    goOffline(toasts, 'web-9', 4_000);
    expect(texts(toasts)).toEqual([]);
    goOffline(toasts, 'web-10', 60_000);
    expect(texts(toasts)).toEqual(['web-10 is offline']);
  });

  it('never pushes an error out, and still shows what is new', () => {
    const toasts = new ToastList();
    for (let number = 0; number < 5; number++) toasts.add({ severity: 'error', text: `error ${number}`, href: null }, 0);
    for (let number = 0; number < 5; number++) toasts.add({ severity: 'info', text: `info ${number}`, href: null }, 0);
    expect(texts(toasts)).toEqual(['error 0', 'error 1', 'error 2', 'error 3', 'error 4', 'info 4']);
    toasts.sweep(toasts.nextEnd());
    expect(texts(toasts)).toHaveLength(5);
    expect(toasts.nextEnd()).toBe(Infinity);
  });

  it('shows the same one again only after 30 s', () => {
    const toasts = new ToastList();
    for (const now of [0, 10_000, 31_000]) toasts.add({ severity: 'info', text: 'again', href: null }, now);
    expect(toasts.list).toMatchObject([{ id: 2 }]);
  });
});
