// What the server will take, told while it is typed. Pure; the server has the last word.
export interface LabelRow {
  key: string;
  value: string;
}

const kMostNameBytes = 64;
const kMostValueBytes = 128;
const kUnseen = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const size = (text: string) => new TextEncoder().encode(text).length;

export function nameProblem(name: string): string {
  if (name === '') return 'A host needs a name.';
  if (size(name) > kMostNameBytes) return `At most ${kMostNameBytes} bytes.`;
  if (kUnseen.test(name)) return 'No control characters and no marks that turn the direction of writing.';
  return name.trim() === name ? '' : 'No blanks at its ends.';
}

/** Of one row; those above it have their keys already. A row that is wholly empty is passed over. */
export function labelProblem(label: LabelRow, above: LabelRow[]): string {
  if (label.key === '' && label.value === '') return '';
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/.test(label.key)) return 'A label is 1 to 63 letters, digits and . _ - / and begins with a letter or a digit.';
  if (above.some((one) => one.key === label.key)) return `${label.key} is there already.`;
  if (size(label.value) > kMostValueBytes || kUnseen.test(label.value) || label.value.trim() !== label.value) return `Its value is at most ${kMostValueBytes} bytes of plain text.`;
  return '';
}

export const toLabels = (labels: LabelRow[]): Record<string, string> =>
  Object.fromEntries(labels.filter((one) => one.key !== '').map((one) => [one.key, one.value]));
