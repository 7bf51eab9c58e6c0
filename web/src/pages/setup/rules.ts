// What a first administrator may be called and may choose as a password. The server has the last word.

export const kPasswordLeast = 12;
export const kPasswordMost = 128;

export function nameProblem(name: string): string {
  if (name.trim() === '') return 'Choose a name to sign in with.';
  return name.trim().length > 64 ? 'At most 64 characters.' : '';
}

export function passwordProblem(password: string): string {
  const length = [...password].length;
  if (length < kPasswordLeast) {
    const missing = kPasswordLeast - length;
    return `12 to 128 characters; ${missing} more ${missing === 1 ? 'is' : 'are'} needed.`;
  }
  return length > kPasswordMost ? `12 to 128 characters; ${length - kPasswordMost} too many.` : '';
}

/** The one-time token is in the fragment, which browsers never send: it cannot end up in a log. */
export const tokenFrom = (hash: string) => new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
