// The runs that are going on, for counters and palette; and a notice when one's own ends while one is elsewhere, or when anybody's
// fails. Started and stopped by the shell.
import { api } from '../api/endpoints';
import type { Run } from '../api/run_types';
import { router } from '../router/router.svelte';
import { applied } from '../runs/run_list_rules';
import { crowdOf, endNotice } from '../runs/run_notice';
import { stream } from '../stream';
import { environment } from './environment.svelte';
import { keepFresh } from './live.svelte';
import { session } from './session.svelte';
import { toasts } from './toasts.svelte';

const kLive = { state: 'live' };
const kMost = 500;
const kSettleMs = 700;

class LiveRuns {
  list = $state.raw<Run[]>([]);
  loaded = $state(false);
  private missed: Run[] | null = null;
  private stops: (() => void)[] = [];

  start(): void {
    this.stops = [
      stream.look('runs'),
      stream.onMessage((message) => {
        if (message.type === 'run_update') this.hear(message.data.run);
      }),
      keepFresh(() => void this.load()),
    ];
    void stream.ready('runs').then(() => this.load());
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.list = [];
    this.loaded = false;
  }

  private async load(): Promise<void> {
    if (this.missed || session.info?.environments.length === 0) return;
    const missed: Run[] = (this.missed = []);
    try {
      const answer = await api.runs({ ...kLive, limit: kMost });
      if (this.stops.length === 0) return;
      const wereLive = this.list;
      this.list = applied(answer.items, missed, kLive, false);
      this.loaded = true;
      // What ended while nobody listened: it is asked for one by one, for there are few that one started oneself.
      const still = new Set(this.list.map((run) => run.id));
      for (const run of wereLive) if (!still.has(run.id) && this.isOwn(run)) void api.run(run.id).then((one) => this.say(one), () => {});
    } catch {
      // Pages that show runs say so themselves.
    } finally {
      this.missed = null;
    }
  }

  private hear(run: Run): void {
    this.missed?.push(run);
    const wasLive = this.list.some((one) => one.id === run.id);
    if (!run.is_live && wasLive) this.say(run);
    if (run.is_live || wasLive) this.list = applied(this.list, [run], kLive, false).slice(0, kMost);
  }

  private isOwn(run: Run): boolean {
    return run.actor.kind === 'person' && run.actor.id === session.info?.principal.id;
  }

  private say(run: Run): void {
    if (run.is_live || !environment.holds(run.environment_id)) return;
    // A short run has ended before the answer to its start leads to its page: whoever sees it there need not be told.
    setTimeout(() => {
      const notice = endNotice(run, { isOwn: this.isOwn(run), path: router.path });
      if (notice && this.stops.length > 0) toasts.add(notice.severity, notice.text, notice.href, crowdOf(run));
    }, kSettleMs);
  }
}

export const liveRuns = new LiveRuns();
