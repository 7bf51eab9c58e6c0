// A list of rows that grows at its end. It follows the end until someone scrolls up, and again from where they come back to it.
import { tick } from 'svelte';

export class FollowEnd {
  /** Of the element that scrolls: bind this, clientHeight and onscroll. */
  scroller = $state<HTMLElement>();
  height = $state(600);
  top = $state(0);
  following = $state(true);

  private known: HTMLElement | undefined;

  constructor(private readonly rowHeight: () => number) {}

  /** After rows came, in an effect. */
  keepUp(): void {
    void tick().then(() => {
      if (!this.scroller) return;
      // A list that was empty in between has another one, which nobody has scrolled yet.
      const isNew = this.scroller !== this.known;
      this.known = this.scroller;
      if (isNew) this.top = this.scroller.scrollTop;
      if (!this.following) return;
      // Someone may have scrolled up just now, and its event is still to come.
      if (!isNew && this.isScrolledUp(this.scroller)) this.following = false;
      else this.goToEnd();
    });
  }

  toNewest(): void {
    this.following = true;
    void tick().then(() => this.goToEnd());
  }

  /** Rows came in front of those in sight, which stay where they are. */
  moveBy(px: number): void {
    void tick().then(() => {
      if (!this.scroller) return;
      this.scroller.scrollTop += px;
      this.top = this.scroller.scrollTop;
    });
  }

  readonly onScroll = (): void => {
    if (!this.scroller) return;
    if (this.isScrolledUp(this.scroller)) this.following = false;
    else if (this.fromEnd(this.scroller) <= 2) this.following = true;
    this.top = this.scroller.scrollTop;
  };

  private goToEnd(): void {
    if (!this.scroller) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop; // at once: its event comes later, perhaps after someone has scrolled up
  }

  private fromEnd(one: HTMLElement): number {
    return one.scrollHeight - one.clientHeight - one.scrollTop;
  }

  /** Rows that go at the front move nothing by themselves; only who scrolls up stops following. */
  private isScrolledUp(one: HTMLElement): boolean {
    return one.scrollTop < this.top && this.fromEnd(one) > this.rowHeight();
  }
}
