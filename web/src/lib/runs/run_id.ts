// The form of a run's id: what an address says is no id until it has it.

export const isRunId = (text: string) => /^run_[0-9a-f]{32}$/.test(text);
