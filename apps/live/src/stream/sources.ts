/** The host's own camera, microphone and screen, as tracks that LiveKit publishes. */
import {
  MediaDeviceFailure,
  Track,
  createLocalScreenTracks,
  createLocalTracks,
  type LocalTrack,
} from 'livekit-client';

export type Source = 'camera' | 'screen';

/** Whether the browser can show a screen: those of phones cannot. */
export const canShowScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

/** Opens what the stream is to show, with the microphone where there is one. */
export async function open(source: Source): Promise<LocalTrack[]> {
  if (source === 'camera') return createLocalTracks({ audio: true, video: { resolution: { width: 1280, height: 720 } } });
  const screen = await createLocalScreenTracks({ audio: true });
  // A screen without a voice is a stream as well.
  const voice = await createLocalTracks({ audio: true, video: false }).catch(() => []);
  return [...screen, ...voice];
}

export const close = (tracks: LocalTrack[]): void => tracks.forEach((track) => track.stop());

export const pictureOf = (tracks: LocalTrack[]): LocalTrack | undefined =>
  tracks.find(({ kind }) => kind === Track.Kind.Video);

/** What is wrong with a device, and what to do. */
export function problemOf(error: unknown, source: Source): string {
  const what = source === 'camera' ? 'camera or microphone' : 'screen';
  // Browsers hide the devices on addresses that are not secure.
  if (typeof navigator !== 'undefined' && !navigator.mediaDevices) {
    return 'Browsers give cameras and screens only to https addresses and to localhost. Open the page there.';
  }
  switch (MediaDeviceFailure.getFailure(error)) {
    case MediaDeviceFailure.PermissionDenied:
      return `Onwell may not use your ${what}. Allow it beside the address of the page, then try again.`;
    case MediaDeviceFailure.NotFound:
      return `No ${what} was found. Plug one in or switch it on, then try again.`;
    case MediaDeviceFailure.DeviceInUse:
      return `Your ${what} is busy. Close the program that uses it, then try again.`;
    default:
      return `Your ${what} did not start. Try again.`;
  }
}
