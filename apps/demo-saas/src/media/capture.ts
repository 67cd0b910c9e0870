/** Opening cameras and microphones. Nothing here knows of React or of calls. */
import { problemOf, type DeviceKind, type MediaProblem } from './problems';

export type Choice = { audio: string | null; video: string | null };
export type Captured = { tracks: MediaStreamTrack[]; problem: MediaProblem | null };

function constraintsFor(kind: DeviceKind, deviceId: string | null): MediaTrackConstraints {
  // "ideal", so that a device that is gone falls back to another one instead of failing.
  const device = deviceId === null ? {} : { deviceId: { ideal: deviceId } };
  if (kind === 'audio') return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
}

/** Opens what is asked for; when both together fail, each alone, since one missing device must not cost the other. */
export async function capture(kinds: DeviceKind[], choice: Choice): Promise<Captured> {
  // Browsers hide mediaDevices on addresses that are not secure, whatever its type says.
  const media: MediaDevices | undefined = navigator.mediaDevices;
  if (kinds.length === 0) return { tracks: [], problem: null };
  if (media === undefined) return { tracks: [], problem: { code: 'INSECURE', kinds } };
  const constraints: MediaStreamConstraints = {};
  for (const kind of kinds) constraints[kind] = constraintsFor(kind, choice[kind]);
  try {
    return { tracks: (await media.getUserMedia(constraints)).getTracks(), problem: null };
  } catch (error) {
    const problem = problemOf(error, kinds);
    if (kinds.length === 1) return { tracks: [], problem };
    const alone: Captured[] = [];
    for (const kind of kinds) alone.push(await capture([kind], choice));
    const tracks = alone.flatMap((captured) => captured.tracks);
    if (tracks.length === 0) return { tracks, problem };
    return { tracks, problem: alone.find((captured) => captured.problem)?.problem ?? null };
  }
}

export async function listDevices(): Promise<MediaDeviceInfo[]> {
  const media: MediaDevices | undefined = navigator.mediaDevices;
  const all = media === undefined ? [] : await media.enumerateDevices();
  // Before permission is given, browsers list devices without an id: nothing to choose by.
  return all.filter(({ deviceId }) => deviceId !== '');
}
