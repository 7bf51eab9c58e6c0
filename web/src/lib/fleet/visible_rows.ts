// Which rows of a long table have to exist: those in sight and a few around them.

export interface Sight {
  first: number;
  /** One past the last. */
  end: number;
}

const kAround = 8;

/** `offset` is how far the top of the rows lies above the top of what is in sight, in px. */
export function visibleRows(offset: number, height: number, rowHeight: number, count: number): Sight {
  const first = Math.max(0, Math.floor(offset / rowHeight) - kAround);
  const end = Math.min(count, Math.ceil((offset + height) / rowHeight) + kAround);
  return { first: Math.min(first, Math.max(0, end)), end: Math.max(0, end) };
}
