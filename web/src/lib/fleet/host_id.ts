// The form of a host's id: what an address says is no id until it has it.

export const isHostId = (text: string) => /^host_[0-9a-f]{32}$/.test(text);
