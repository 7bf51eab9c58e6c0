// At most one thing lies over the page.

type Overlay = 'none' | 'palette' | 'keys' | 'add_host' | 'remove_host';

class Overlays {
  open = $state<Overlay>('none');

  show(overlay: Overlay): void {
    this.open = overlay;
  }

  /** The host that `remove_host` asks about. */
  removing = $state.raw<{ id: string; name: string } | null>(null);

  askToRemove(host: { id: string; name: string }): void {
    this.removing = { id: host.id, name: host.name };
    this.open = 'remove_host';
  }

  close(): void {
    this.open = 'none';
  }
}

export const overlays = new Overlays();
