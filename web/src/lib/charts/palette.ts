// Colours for the canvas: the tokens, resolved for the theme that is on.

export function tokenColor(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** `oklch(L C H)` and friends with an alpha. */
export const faded = (color: string, alpha: number) => color.replace(/\)$/, ` / ${alpha})`);
