// The path below which the page lies: "" or "/fettle". The server writes it into the page.
export const base: string = typeof document === 'undefined' ? '' : (document.documentElement.dataset.base ?? '');

/** "/fettle/hosts" is "/hosts" for the page; what lies elsewhere stays as it is. */
export const withoutBase = (path: string): string =>
  base !== '' && (path === base || path.startsWith(`${base}/`)) ? path.slice(base.length) || '/' : path;
