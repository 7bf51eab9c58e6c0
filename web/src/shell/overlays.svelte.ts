// At most one thing lies over the page.

type Overlay = 'none' | 'palette' | 'keys' | 'add_host' | 'remove_host';

class Overlays {
  open = $state<Overlay>('none');

  show(overlay: Overlay): void {
    this.open = overlay;
  }

  /** What the palette begins with. */
  typed = '';

  search(typed: string): void {
    this.typed = typed;
    this.open = 'palette';
  }

  /** The host that `remove_host` asks about. */
  removing = $state.raw<{ id: string; name: string } | null>(null);

  askToRemove(host: { id: string; name: string }): void {
    this.removing = { id: host.id, name: host.name };
    this.open = 'remove_host';
  }

  close(): void {
    this.open = 'none';
    this.typed = '';
  }
}

export const overlays = new Overlays();
