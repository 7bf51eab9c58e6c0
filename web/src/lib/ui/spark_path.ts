// The path of a sparkline: values right-aligned over `slots` places, one decimal, a new sub-path after each gap.

interface Box {
  most: number;
  slots: number;
  width: number;
  height: number;
}

export function sparkPath(values: (number | null)[], { most, slots, width, height }: Box): string {
  const shown = values.slice(-slots);
  const top = most || Math.max(1, ...shown.map((value) => value ?? 0));
  const step = width / Math.max(1, slots - 1);
  const start = slots - shown.length;
  let path = '';
  let open = false;
  shown.forEach((value, index) => {
    if (value === null) {
      open = false;
      return;
    }
    const x = ((start + index) * step).toFixed(1);
    const y = (height - 1 - (Math.min(value, top) / top) * (height - 2)).toFixed(1);
    const next = shown[index + 1];
    // A lone value would be invisible as a line: a dot-long dash.
    path += `${open ? 'L' : 'M'}${x} ${y}`;
    if (!open && (next === null || next === undefined)) path += 'h0.8';
    open = true;
  });
  return path;
}
