// The server's own upkeep as the monitor shows it. Started and stopped by the page.
import { sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { MaintenanceStatus, Run } from '../../lib/api/run_types';
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

  /** Call inside an effect. */
  start(): () => void {
    const stops = [
      stream.look('runs'),
      stream.onMessage((message) => {
        if (message.type === 'run_update' && message.data.run.plan === kUpkeepPlan) this.take(message.data.run);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready('runs').then(() => this.load());
    return () => {
      for (const stop of stops) stop();
    };
  }

  async load(): Promise<void> {
    try {
      const answer = await api.maintenance();
      const known = this.run;
      this.status = answer;
      // A message may have overtaken the answer.
      if (known && known.id === (answer.run ?? answer.last_run)?.id) this.take(known);
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  /** A message, or the answer to something that was just done here. */
  take(run: Run): void {
    const status = this.status;
    if (!status) return;
    const known = this.run;
    if (known?.id === run.id ? isOlder(run, known) : known && Date.parse(run.created_at) < Date.parse(known.created_at)) return;
    const steps = run.steps ?? (known?.id === run.id ? status.steps : []);
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
