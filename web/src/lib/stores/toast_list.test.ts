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
    for (let host = 0; host < 2; host++) goOffline(toasts, `web-${host}`, host);
    expect(texts(toasts)).toEqual(['web-0 is offline', 'web-1 is offline']);
    for (let host = 2; host < 184; host++) goOffline(toasts, `web-${host}`, host * 20);
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
    const fail = (run: number, now: number) => toasts.add({ severity: 'error', text: `run ${run} failed`, href: `/runs/${run}`, crowd: crowd(`${run}`) }, now);
    for (let run = 0; run < 5; run++) fail(run, run * 9_000);
    expect(texts(toasts)).toEqual(['5 runs failed']);
    toasts.close(toasts.list[0]!.id);
    fail(9, 900_000);
    expect(texts(toasts)).toEqual(['run 9 failed']);
  });

  it('lets an error go that stands elsewhere too, and keeps one that does not', () => {
    const toasts = new ToastList();
    toasts.add({ severity: 'error', text: 'a run failed', href: '/runs/1' }, 0);
    toasts.add({ severity: 'error', text: 'it was not saved', href: null }, 0);
    toasts.sweep(19_999);
    expect(texts(toasts)).toHaveLength(2);
    toasts.sweep(20_000);
    expect(texts(toasts)).toEqual(['it was not saved']);
    expect(toasts.nextEnd()).toBe(Infinity);
  });

  it('lets none go while it is read, and a moment longer', () => {
    const toasts = new ToastList();
    toasts.add({ severity: 'info', text: 'done', href: null }, 0);
    toasts.hold(true, 7_000);
    toasts.sweep(60_000);
    expect(texts(toasts)).toEqual(['done']);
    expect(toasts.nextEnd()).toBe(Infinity);
    toasts.hold(false, 60_000);
    expect(toasts.nextEnd()).toBe(62_000);
    toasts.sweep(62_000);
    expect(texts(toasts)).toEqual([]);
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
