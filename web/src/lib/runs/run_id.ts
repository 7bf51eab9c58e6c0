// The form of a run's id: what an address says is no id until it has it. Pure.

export const isRunId = (text: string) => /^run_[0-9a-f]{32}$/.test(text);

/** A sentence cut at the ids of runs in it, which are links where it is shown. */
export const cutAtRuns = (sentence: string): { text: string; isRun: boolean }[] =>
  sentence
    .split(/(run_[0-9a-f]{32})/)
    .filter((text) => text !== '')
    .map((text) => ({ text, isRun: isRunId(text) }));
