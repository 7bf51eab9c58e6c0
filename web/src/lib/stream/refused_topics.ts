// Which topics a 422 is about: its errors point at them by their place in the list, as in /query/topics/1 or /body/topics/0.

export function refusedTopics(problem: unknown, asked: string[]): string[] {
  const errors = (problem as { errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors)) return [];
  const refused = errors.map((error: { pointer?: unknown } | null) => {
    const place = /\/topics\/(\d+)$/.exec(String(error?.pointer ?? ''))?.[1];
    return place === undefined ? undefined : asked[Number(place)];
  });
  return refused.filter((topic) => topic !== undefined);
}
