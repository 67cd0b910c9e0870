/** Cameras, microphones and loudspeakers. */
import type { MediaKind } from '@rtc-platform/shared';
import type { TrackSource } from './types.js';

/** Which kinds `list` and `watch` give; nothing named: all. */
export interface DeviceFilter {
  /** Microphones and loudspeakers. */
  audio?: boolean;
  /** Cameras. */
  video?: boolean;
}

/** What `Devices` needs of a call: the track published from a source, and how to put another in its place. */
export interface DevicesHost {
  trackOf(source: TrackSource): MediaStreamTrack | undefined;
  replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void>;
}

/** See the module. Browsers name devices only after the user has allowed one. */
export class Devices {
  readonly #host: DevicesHost;

  constructor(host: DevicesHost) {
    this.#host = host;
  }

  /** The devices that there are now. */
  async list(filter: DeviceFilter = {}): Promise<MediaDeviceInfo[]> {
    const all = !filter.audio && !filter.video;
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => all || (kind === 'videoinput' ? filter.video : filter.audio));
  }

  /**
   * Takes a camera or microphone into use. Where one is published, the new track takes its place for everybody,
   * and in the page's stream too; the old one is stopped.
   *
   * @returns the new track.
   * @throws DOMException of `getUserMedia`, for instance `NotAllowedError` where the user refuses.
   */
  async pick(kind: MediaKind, deviceId: string): Promise<MediaStreamTrack> {
    const current = this.#host.trackOf(kind === 'audio' ? 'microphone' : 'camera');
    const next = await open(kind, deviceId).catch((error: unknown) => {
      // Many phones open one camera at a time.
      if (!current || (error as DOMException).name !== 'NotReadableError') throw error;
      current.stop();
      return open(kind, deviceId);
    });
    if (current) {
      await this.#host.replaceTrack(current, next);
      current.stop();
    }
    return next;
  }

  /** Calls `listener` whenever a device comes or goes; returns the function that ends it. */
  watch(listener: (devices: MediaDeviceInfo[]) => void, filter: DeviceFilter = {}): () => void {
    const changed = () => void this.list(filter).then(listener);
    navigator.mediaDevices.addEventListener('devicechange', changed);
    return () => navigator.mediaDevices.removeEventListener('devicechange', changed);
  }
}

async function open(kind: MediaKind, deviceId: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ [kind]: { deviceId: { exact: deviceId } } });
  return stream.getTracks()[0] as MediaStreamTrack;
}
