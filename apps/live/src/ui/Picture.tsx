/** A video element that shows a LiveKit track, which reports its size so that the server sends the layer that fits. */
import type { LocalTrack, VideoTrack } from 'livekit-client';
import { useEffect, useRef } from 'react';

type PictureProps = {
  track: VideoTrack | LocalTrack;
  label: string;
  mirrored?: boolean;
  whole?: boolean;
  testId?: string;
};

export function Picture({ track, label, mirrored = false, whole = false, testId }: PictureProps) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track]);

  return (
    <video
      ref={element}
      className={[mirrored && 'mirrored', whole && 'whole'].filter(Boolean).join(' ') || undefined}
      autoPlay
      playsInline
      muted
      aria-label={label}
      data-testid={testId}
    />
  );
}
