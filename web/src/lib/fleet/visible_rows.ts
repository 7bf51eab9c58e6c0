// Which rows of a long list have to exist: those in sight and a few around them.

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

/** The same for rows of different heights: `tops` has the top of each row, and at its end the bottom of the last. */
export function visibleAmong(offset: number, height: number, tops: number[]): Sight {
  const count = tops.length - 1;
  const firstBelow = (edge: number) => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1]! > edge) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const end = Math.min(count, firstBelow(offset + height) + 1 + kAround);
  return { first: Math.min(end, Math.max(0, firstBelow(offset) - kAround)), end };
}
