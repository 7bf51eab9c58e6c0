// Cuts a list into lines of `columns`; a heading has a line of its own.

export function tileLines<T>(items: T[], columns: number, isHeading: (item: T) => boolean): T[][] {
  const lines: T[][] = [];
  let open: T[] | null = null;
  for (const item of items) {
    if (isHeading(item)) {
      lines.push([item]);
      open = null;
      continue;
    }
    if (!open || open.length === columns) lines.push((open = []));
    open.push(item);
  }
  return lines;
}
