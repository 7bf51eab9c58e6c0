// What a timing means, asked of the server while someone types: a sentence and the next times, or what is wrong and where.
import { untrack } from 'svelte';
import { ApiError, sentence } from '../../lib/api/client';
import { api } from '../../lib/api/endpoints';
import type { Preview } from '../../lib/api/run_types';

const kTypingMs = 200;

export interface TimingProblem {
  field: 'timing' | 'time_zone' | 'jitter_ms';
  text: string;
  /** From 1, in the timing; null when it is about all of it. */
  column: number | null;
  hint: string;
}

/** `schedule_id` is the one that is edited: what H means, and how far it is moved, is its own. A new one has an id as soon as something was answered. */
type Question = { timing: string; time_zone: string; jitter_ms: number; schedule_id?: string };

export class TimingPreview {
  answer = $state.raw<Preview | null>(null);
  problem = $state.raw<TimingProblem | null>(null);
  /** The server could not be asked. */
  unreachable = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Of a schedule that is new: whose times are shown, and which it is made with. */
  private drawn: string | undefined;
  private abort: AbortController | null = null;

  /** Call inside an effect. What was asked before and is not answered is forgotten. */
  ask(question: Question): () => void {
    if (question.timing.trim() === '') {
      this.answer = null;
      this.problem = null;
      return () => {};
    }
    // What is known must not be watched here: each answer would ask again.
    const isFirst = untrack(() => !this.answer && !this.problem);
    this.timer = setTimeout(() => void this.load(question), isFirst ? 0 : kTypingMs);
    return () => {
      clearTimeout(this.timer);
      this.abort?.abort();
    };
  }

  /** The id is too old or taken: the next question draws another. */
  drawAnew(): void {
    this.drawn = undefined;
  }

  private async load(question: Question): Promise<void> {
    const abort = (this.abort = new AbortController());
    try {
      const id = question.schedule_id ?? this.drawn;
      this.answer = await api.previewSchedule({ ...question, ...(id ? { schedule_id: id } : {}), count: 10 }, abort.signal);
      this.drawn = this.answer.schedule_id;
      this.problem = null;
      this.unreachable = '';
    } catch (error) {
      if (abort.signal.aborted) return;
      this.problem = asProblem(error);
      this.unreachable = this.problem ? '' : sentence(error);
      this.answer = null;
    }
  }
}

/** The first thing that the server names; null when it is about none of the fields. */
export function asProblem(error: unknown): TimingProblem | null {
  if (!(error instanceof ApiError)) return null;
  for (const one of error.fields) {
    const field = (['timing', 'time_zone', 'jitter_ms'] as const).find((name) => one.pointer === `/body/${name}`);
    if (field) return { field, text: one.detail, column: one.column ?? null, hint: one.hint ?? '' };
  }
  return null;
}
