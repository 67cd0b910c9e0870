/** Tracks and streams without media. */
let count = 0;

export class FakeTrack extends EventTarget {
  readonly id: string;
  enabled = true;
  readyState: 'live' | 'ended' = 'live';

  constructor(
    readonly kind: string,
    readonly label = `${kind}-${++count}`,
  ) {
    super();
    this.id = label;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** The user's own end of it, such as the browser's "stop sharing". */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeStream {
  readonly id = `stream-${++count}`;
  readonly #tracks: MediaStreamTrack[];

  constructor(tracks: MediaStreamTrack[] = []) {
    this.#tracks = [...tracks];
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks];
  }

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.push(track);
  }

  removeTrack(track: MediaStreamTrack): void {
    this.#tracks.splice(this.#tracks.indexOf(track), 1);
  }
}

export function fakeTrack(kind: 'audio' | 'video', label?: string): MediaStreamTrack & FakeTrack {
  return new FakeTrack(kind, label) as unknown as MediaStreamTrack & FakeTrack;
}

export function fakeStream(...tracks: MediaStreamTrack[]): MediaStream {
  return new FakeStream(tracks) as unknown as MediaStream;
}
