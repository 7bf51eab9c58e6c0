// At most one thing lies over the page.

type Overlay = 'none' | 'palette' | 'keys' | 'add_host';

class Overlays {
  open = $state<Overlay>('none');

  show(overlay: Overlay): void {
    this.open = overlay;
  }

  close(): void {
    this.open = 'none';
  }
}

export const overlays = new Overlays();
