// Follows how far the page has been scrolled past an element, once a frame: what a virtualised list needs to know.

export class InSight {
  offset = $state(0);
  height = $state(800);

  /** To be used as an attachment on the element that holds the rows. */
  watch = (element: HTMLElement): (() => void) => {
    const scroller = element.closest('main')!;
    let frame = 0;
    const measure = () => {
      frame = 0;
      this.height = scroller.clientHeight;
      this.offset = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
    };
    const soon = () => {
      frame ||= requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(soon);
    observer.observe(scroller);
    scroller.addEventListener('scroll', soon, { passive: true });
    measure();
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      scroller.removeEventListener('scroll', soon);
    };
  };
}
