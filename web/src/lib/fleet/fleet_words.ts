// Which words of an address say how the fleet is looked at. The environment is not among them: it goes along from page to page.

const kWords = ['q', 'sort', 'group', 'view'];

/** `?q=offline&sort=-cpu`, or nothing when the fleet is looked at as it comes. */
export function fleetWords(query: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const word of kWords) {
    const value = query.get(word);
    if (value) kept.set(word, value);
  }
  const text = kept.toString();
  return text ? `?${text}` : '';
}
