// The keyboard: single keys and `g` followed by a letter, never while someone types.
import { router } from '../lib/router/router.svelte';
import { environment } from '../lib/stores/environment.svelte';
import { fleetPlace } from '../lib/stores/fleet_place.svelte';
import { overlays } from './overlays.svelte';

export const kKeys: { keys: string[]; title: string }[] = [
  { keys: ['/'], title: 'Search, go to, do' },
  { keys: ['Ctrl', 'K'], title: 'The same, also while typing' },
  { keys: ['g', 'o'], title: 'Go to the overview' },
  { keys: ['g', 'f'], title: 'Go to the fleet' },
  { keys: ['g', 'r'], title: 'Go to runs' },
  { keys: ['g', 'm'], title: 'Go to the monitor' },
  { keys: ['g', 'l'], title: 'Go to the server’s log' },
  { keys: ['g', 'e'], title: 'Go to events' },
  { keys: ['g', 's'], title: 'Go to settings' },
  { keys: ['f'], title: 'Filter the page that is open' },
  { keys: ['j', 'k'], title: 'On the fleet: to the next host, to the one before' },
  { keys: ['Enter'], title: 'On the fleet: open that host' },
  { keys: ['a'], title: 'Add a host' },
  { keys: ['←', '→'], title: 'On the charts: move the cursor' },
  { keys: ['+', '−'], title: 'On the charts: zoom in, back to live' },
  { keys: ['p'], title: 'On a log: pause, go on' },
  { keys: ['End'], title: 'On a log: to the newest line' },
  { keys: ['?'], title: 'This list' },
  { keys: ['Esc'], title: 'Close what lies over the page' },
];

const kGoTo: Record<string, string> = { o: '/', f: '/fleet', r: '/runs', m: '/monitor', l: '/monitor/logs', e: '/events', s: '/settings' };
const kSequenceMs = 1_200;

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.('input, textarea, select, [contenteditable]'));
}

/** Moves the focus among the rows of the table that is open; the links in them do the rest. */
function stepRows(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('tr[data-host]')];
  const at = rows.indexOf(document.activeElement?.closest<HTMLElement>('tr[data-host]') as HTMLElement);
  const next = at < 0 ? rows[0] : rows[at + step];
  next?.querySelector<HTMLElement>('a')?.focus();
}

export function listenForKeys(): () => void {
  let wentAt = 0;

  function onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      overlays.show('palette');
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || overlays.open !== 'none') return;
    if (document.querySelector('dialog[open]')) return;
    const target = Date.now() - wentAt < kSequenceMs ? kGoTo[event.key] : undefined;
    wentAt = event.key === 'g' ? Date.now() : 0;
    if (target) router.go(target === '/fleet' ? fleetPlace.href : target);
    else if (event.key === '/') overlays.show('palette');
    else if (event.key === '?') overlays.show('keys');
    else if (event.key === 'a' && environment.forNewHost) overlays.show('add_host');
    else if (event.key === 'f') document.querySelector<HTMLElement>('[data-filter]')?.focus();
    else if (event.key === 'j' || event.key === 'k') stepRows(event.key === 'j' ? 1 : -1);
    else return;
    event.preventDefault();
  }

  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
