// How near its end a disk is: the shape and the word for it. Below 85 % nothing is said.

type Fullness = 'late' | 'failed';

export const kFullWords: Record<Fullness, string> = { late: 'nearly full', failed: 'full' };

export function fullness(percent: number | null): Fullness | null {
  if (percent === null || percent < 85) return null;
  return percent < 95 ? 'late' : 'failed';
}
