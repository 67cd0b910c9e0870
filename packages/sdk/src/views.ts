/**
 * How large the page shows each track, in pixels of the screen. Video elements are found by themselves: one that
 * gets a stream says so (`loadstart`), and observers tell when it is resized, hidden, or scrolled out of view.
 */

/** Changes that come together are told together. */
const DEBOUNCE_MS = 100;

export type Size = readonly [width: number, height: number];

/** See the module. */
export class Views {
  readonly #tell: (sizes: ReadonlyMap<MediaStreamTrack, Size>) => void;
  /** With whether each is in view. */
  readonly #elements = new Map<HTMLVideoElement, boolean>();
  /** Tracks that were in an element once: in none any more, they are hidden. */
  readonly #known = new WeakSet<MediaStreamTrack>();
  readonly #live: () => Iterable<MediaStreamTrack>;
  #stop: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observe: (element: HTMLVideoElement) => void = () => undefined;

  /** `live` gives the tracks that matter; `tell` gets the sizes of those that have an element or had one. */
  constructor(live: () => Iterable<MediaStreamTrack>, tell: (sizes: ReadonlyMap<MediaStreamTrack, Size>) => void) {
    this.#live = live;
    this.#tell = tell;
    if (typeof document === 'undefined' || typeof IntersectionObserver === 'undefined') return;
    const schedule = (): void => this.schedule();
    const resized = new ResizeObserver(schedule);
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#elements.set(target as HTMLVideoElement, isIntersecting);
      schedule();
    });
    this.#observe = (element) => {
      schedule();
      if (this.#elements.has(element)) return;
      this.#elements.set(element, true);
      resized.observe(element);
      seen.observe(element);
    };
    const started = ({ target }: Event): void => void (target instanceof HTMLVideoElement && this.#observe(target));
    document.querySelectorAll('video').forEach(this.#observe);
    document.addEventListener('loadstart', started, true);
    document.addEventListener('visibilitychange', schedule);
    this.#stop = () => {
      document.removeEventListener('loadstart', started, true);
      document.removeEventListener('visibilitychange', schedule);
      resized.disconnect();
      seen.disconnect();
    };
  }

  /** An element that cannot be found: in a shadow tree. */
  observe(element: HTMLVideoElement): void {
    this.#observe(element);
  }

  /** Looks soon. */
  schedule(): void {
    if (!this.#stop) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell(this.#measure());
    }, DEBOUNCE_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stop?.();
    this.#stop = undefined;
    this.#elements.clear();
  }

  #measure(): ReadonlyMap<MediaStreamTrack, Size> {
    const sizes = new Map<MediaStreamTrack, Size>();
    for (const track of this.#live()) if (this.#known.has(track)) sizes.set(track, [0, 0]);
    for (const [element, inView] of this.#elements) {
      if (!element.isConnected) {
        this.#elements.delete(element);
        continue;
      }
      const { srcObject, clientWidth, clientHeight } = element;
      const shown = document.pictureInPictureElement === element || (inView && !document.hidden);
      const scale = shown && clientWidth && clientHeight ? devicePixelRatio : 0;
      const size: Size = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
      for (const track of (srcObject as MediaStream | null)?.getVideoTracks() ?? []) {
        this.#known.add(track);
        if (size[0] >= (sizes.get(track)?.[0] ?? 0)) sizes.set(track, size);
      }
    }
    return sizes;
  }
}
