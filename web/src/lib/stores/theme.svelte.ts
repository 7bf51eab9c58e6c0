// Light, dark, or what the system says. Kept in this browser; public/theme.js applies it before the first paint.

export type ThemeChoice = 'system' | 'light' | 'dark';
const kKey = 'fettle.theme';
const kOrder: ThemeChoice[] = ['system', 'light', 'dark'];

class Theme {
  choice = $state<ThemeChoice>('system');
  private systemDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);
  dark = $derived(this.choice === 'system' ? this.systemDark : this.choice === 'dark');

  constructor() {
    const kept = document.documentElement.dataset.theme;
    if (kept === 'light' || kept === 'dark') this.choice = kept;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => (this.systemDark = event.matches));
  }

  set(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      localStorage.setItem(kKey, choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  next(): void {
    this.set(kOrder[(kOrder.indexOf(this.choice) + 1) % kOrder.length]!);
  }
}

export const theme = new Theme();
