// What a person may be called. The server has the last word.

export { passwordProblem } from '../../lib/format/password';

export function nameProblem(name: string): string {
  if (name.trim() === '') return 'Choose a name to sign in with.';
  return name.trim().length > 64 ? 'At most 64 characters.' : '';
}

/** The one-time token is in the fragment, which browsers never send: it cannot end up in a log. */
export const tokenFrom = (hash: string) => new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
