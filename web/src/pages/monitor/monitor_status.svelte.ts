// The server's own upkeep as the monitor shows it. Started and stopped by the page.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { MaintenanceStatus, Run, RunUpdate } from '../../lib/api/run_types';
import { folded, pendingSteps } from '../../lib/runs/run_fold';
import { isOlder } from '../../lib/runs/run_list_rules';
import { keepFresh } from '../../lib/stores/live.svelte';
import { stream } from '../../lib/stream';

const kAddedUpMs = 1_000;
export const kUpkeepPlan = 'server-upkeep';

export class MonitorStatus {
  status = $state.raw<MaintenanceStatus | null>(null);
  problem = $state('');
  /** What is going on, else what was last. */
  run = $derived(this.status?.run ?? this.status?.last_run ?? null);
  steps = $derived(this.status?.steps ?? []);
  /** What the stream says while the answer to a question is on its way. */
  private missed: RunUpdate[] | null = null;
  private watched = '';
  private stopWatching = () => {};

  /** Call inside an effect. */
  start(): () => void {
    const stops = [
      stream.look('runs'),
      stream.onMessage((message) => {
        if (message.type === 'run_update' && message.data.run.plan === kUpkeepPlan) this.hear(message.data);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready('runs').then(() => this.load());
    return () => {
      for (const stop of stops) stop();
      this.stopWatching();
      this.watched = '';
    };
  }

  async load(): Promise<void> {
    const missed: RunUpdate[] = (this.missed = []);
    try {
      const answer = await api.maintenance();
      if (missed !== this.missed) return;
      this.missed = null;
      this.status = answer;
      this.watch(answer.run);
      for (const update of missed) this.hear(update);
      this.problem = '';
    } catch (error) {
      if (missed === this.missed) this.missed = null;
      this.problem = sentence(error);
    }
  }

  /** The answer to something that was just done here, with all steps. */
  take(run: Run): void {
    const known = this.run;
    if (known?.id === run.id ? isOlder(run, known) : this.isBefore(run)) return;
    this.show(run);
  }

  private hear(update: RunUpdate): void {
    this.missed?.push(update);
    const known = this.run;
    if (known?.id === update.run.id) this.show(folded({ ...known, steps: this.steps }, update));
    else if (this.status && !this.isBefore(update.run)) this.show(folded({ ...update.run, steps: pendingSteps(this.steps) }, update));
  }

  private isBefore(run: Run): boolean {
    return this.run !== null && Date.parse(run.created_at) < Date.parse(this.run.created_at);
  }

  /** Step by step the stream tells of a run only under its own name. */
  private watch(run: Run | null): void {
    if (!run?.is_live || run.id === this.watched) return;
    this.stopWatching();
    this.watched = run.id;
    const topic = `run:${run.id}`;
    this.stopWatching = stream.look(topic);
    void stream.ready(topic).then(() => this.load());
  }

  private show(run: Run): void {
    const status = this.status;
    if (!status) return;
    const known = this.run;
    const steps = run.steps ?? [];
    this.watch(run);
    if (run.is_live) {
      this.status = { ...status, running: true, run, steps, current_step: run.progress.current_title };
      return;
    }
    const hasJustEnded = known?.id !== run.id || known.is_live;
    this.status = { ...status, running: false, run: null, current_step: null, last_run: run, steps };
    // When it is due next and what it all adds up to is for the server to say, which adds it up a moment later.
    if (!hasJustEnded) return;
    void this.load();
    setTimeout(() => void this.load(), kAddedUpMs);
  }
}
