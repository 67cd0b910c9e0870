/** A track as a stream, which is what a video element shows. */
import { useMemo } from 'react';

/** One stream for a track, kept while the track stays. */
export function useStream(track: MediaStreamTrack | null): MediaStream | null {
  return useMemo(() => (track ? new MediaStream([track]) : null), [track]);
}
