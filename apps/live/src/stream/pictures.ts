/** Which of the stream's pictures is the large one. */
import { Track, type LocalTrackPublication, type RemoteTrackPublication, type VideoTrack } from 'livekit-client';

export type Pictures = { main: VideoTrack | null; inset: VideoTrack | null; mainIsScreen: boolean };
type Publication = Pick<LocalTrackPublication | RemoteTrackPublication, 'source' | 'isMuted' | 'videoTrack'>;

/** A shared screen comes first, with the camera set into its corner. */
export function pick(publications: Iterable<Publication>): Pictures {
  let camera: VideoTrack | null = null;
  let screen: VideoTrack | null = null;
  for (const { source, isMuted, videoTrack } of publications) {
    if (isMuted || !videoTrack) continue;
    if (source === Track.Source.ScreenShare) screen = videoTrack;
    else camera = videoTrack;
  }
  return { main: screen ?? camera, inset: screen && camera, mainIsScreen: screen !== null };
}
