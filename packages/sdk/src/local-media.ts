/** What this page publishes, and which kinds of it are muted. Knows nothing of connections. */
import type { MediaKind } from '@rtc-platform/shared';
import { CallError } from './errors.js';
import type { OutgoingTrack } from './peer-link.js';
import type { MutedKinds, TrackSource } from './types.js';

/** See the module. */
export class LocalMedia {
  readonly #tracks = new Map<TrackSource, OutgoingTrack>();
  readonly #mutedByUser: Record<MediaKind, boolean> = { audio: false, video: false };
  readonly #mutedByHost: Record<MediaKind, boolean> = { audio: false, video: false };
  #stream: MediaStream | undefined;
  #screen: MediaStream | undefined;

  /** What is published now. */
  get tracks(): readonly OutgoingTrack[] {
    return [...this.#tracks.values()];
  }

  get muted(): MutedKinds {
    return { audio: this.isMuted('audio'), video: this.isMuted('video') };
  }

  isMuted(kind: MediaKind): boolean {
    return this.#mutedByUser[kind] || this.#mutedByHost[kind];
  }

  /** Takes the page's stream: its tracks and those published later appear as one stream to others. */
  useStream(stream: MediaStream): OutgoingTrack[] {
    this.#stream = stream;
    return stream.getTracks().map((track) => this.add(track, defaultSource(track)));
  }

  /**
   * @throws CallError `INVALID_CONFIG` where the track has ended, or a track of that source is published already.
   */
  add(track: MediaStreamTrack, source: TrackSource, simulcast?: boolean): OutgoingTrack {
    if (track.readyState === 'ended') throw new CallError('INVALID_CONFIG', 'The track has ended.');
    if (this.#tracks.has(source)) {
      throw new CallError('INVALID_CONFIG', `A ${source} track is published already: replace or unpublish it.`);
    }
    const added = { track, source, stream: this.#streamOf(source), simulcast };
    this.#tracks.set(source, added);
    this.#apply(added);
    return added;
  }

  /** Undefined: no such track is published. */
  find(which: MediaStreamTrack | TrackSource): OutgoingTrack | undefined {
    return this.tracks.find(({ track, source }) => track === which || source === which);
  }

  remove({ source }: OutgoingTrack): void {
    this.#tracks.delete(source);
    if (source === 'screen') this.#screen = undefined;
  }

  /** Puts another track in the place of one, in the page's own stream too, so that its preview goes on. */
  replace(current: OutgoingTrack, next: MediaStreamTrack): void {
    if (current.stream.getTracks().includes(current.track)) {
      current.stream.removeTrack(current.track);
      current.stream.addTrack(next);
    }
    const replaced = { ...current, track: next };
    this.#tracks.set(current.source, replaced);
    this.#apply(replaced);
  }

  /** The user's own choice; unmuting also lifts a host's mute. */
  setMuted(kind: MediaKind, muted: boolean): void {
    this.#mutedByUser[kind] = muted;
    if (!muted) this.#mutedByHost[kind] = false;
    this.tracks.forEach((track) => this.#apply(track));
  }

  /** A host's choice: lifting it never opens what the user muted. */
  setMutedByHost(kind: MediaKind, muted: boolean): void {
    this.#mutedByHost[kind] = muted;
    this.tracks.forEach((track) => this.#apply(track));
  }

  /** Forgets everything; the tracks go on, the page owns them. */
  clear(): void {
    this.#tracks.clear();
    this.#stream = this.#screen = undefined;
    for (const kind of ['audio', 'video'] as const) this.#mutedByUser[kind] = this.#mutedByHost[kind] = false;
  }

  #streamOf(source: TrackSource): MediaStream {
    return isScreen(source) ? (this.#screen ??= new MediaStream()) : (this.#stream ??= new MediaStream());
  }

  #apply({ track, source }: OutgoingTrack): void {
    if (!isScreen(source)) track.enabled = !this.isMuted(kindOf(track));
  }
}

/** Screens are not muted: sharing one is ended. */
function isScreen(source: TrackSource): boolean {
  return source === 'screen' || source === 'screen-audio';
}

export function kindOf(track: MediaStreamTrack): MediaKind {
  return track.kind === 'audio' ? 'audio' : 'video';
}

/** Where a track comes from when nobody says. */
export function defaultSource(track: MediaStreamTrack): TrackSource {
  return track.kind === 'audio' ? 'microphone' : 'camera';
}
