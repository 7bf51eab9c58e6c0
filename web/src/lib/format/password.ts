// What a person may choose as a password. The server has the last word.

export const kPasswordLeast = 12;
export const kPasswordMost = 128;

export function passwordProblem(password: string): string {
  const length = [...password].length;
  if (length < kPasswordLeast) {
    const missing = kPasswordLeast - length;
    return `12 to 128 characters; ${missing} more ${missing === 1 ? 'is' : 'are'} needed.`;
  }
  return length > kPasswordMost ? `12 to 128 characters; ${length - kPasswordMost} too many.` : '';
}
