// The address bar is the state: path, query and fragment, over the History API. Links are ordinary anchors.

import { base, withoutBase } from './base';

interface Location {
  path: string;
  query: URLSearchParams;
  hash: string;
}

/** Words of the query that go along from page to page. */
const kSticky = ['environment'];

const read = (): Location => ({
  path: withoutBase(location.pathname).replace(/(.)\/+$/, '$1'),
  query: new URLSearchParams(location.search),
  hash: location.hash,
});

/** Pages write `/hosts/...`; whoever opens a link in another tab or copies it needs the whole path. */
function place(event: globalThis.Event): void {
  const anchor = (event.target as Element | null)?.closest?.('a[href^="/"]');
  const href = anchor?.getAttribute('href') ?? '';
  if (href && withoutBase(href) === href) anchor!.setAttribute('href', base + href);
}

class Router {
  private current = $state.raw<Location>(read());

  get path(): string {
    return this.current.path;
  }

  get query(): URLSearchParams {
    return this.current.query;
  }

  get hash(): string {
    return this.current.hash;
  }

  /** How far the page is scrolled; the shell says. Kept in the history, so that going back lands where one was. */
  scrolled: () => number = () => 0;

  go(url: string, how: 'push' | 'replace' = 'push'): void {
    const target = new URL(url, location.origin);
    for (const word of kSticky) {
      const value = this.current.query.get(word);
      if (value && !target.searchParams.has(word)) target.searchParams.set(word, value);
      else if (target.searchParams.get(word) === '') target.searchParams.delete(word);
    }
    this.show(withoutBase(target.pathname) + target.search + target.hash, how);
  }

  private show(url: string, how: 'push' | 'replace'): void {
    // To where one is leads no step: going back must go somewhere else.
    if (how === 'push' && base + url !== location.pathname + location.search + location.hash) {
      history.replaceState({ scroll: this.scrolled() }, '');
      history.pushState(null, '', base + url);
    } else history.replaceState(history.state, '', base + url);
    this.current = read();
  }

  /** Changes some words of the query and keeps the others; empty and null go away. */
  setQuery(values: Record<string, string | null>, how: 'push' | 'replace' = 'replace'): void {
    const query = new URLSearchParams(this.current.query);
    for (const [key, value] of Object.entries(values)) {
      if (value) query.set(key, value);
      else query.delete(key);
    }
    const text = query.toString();
    this.show(this.current.path + (text ? `?${text}` : '') + this.current.hash, how);
  }

  listen(): void {
    addEventListener('popstate', () => (this.current = read()));
    addEventListener('hashchange', () => (this.current = read()));
    if (base !== '') for (const name of ['pointerover', 'pointerdown', 'focusin']) document.addEventListener(name, place, { capture: true, passive: true });
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const anchor = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
      if (!anchor || anchor.target || anchor.origin !== location.origin || anchor.hasAttribute('download')) return;
      if (withoutBase(anchor.pathname).startsWith('/api/') || anchor.getAttribute('href')?.startsWith('#')) return;
      event.preventDefault();
      this.go(anchor.pathname + anchor.search + anchor.hash);
    });
  }
}

export const router = new Router();
