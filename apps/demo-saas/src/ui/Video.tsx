/** A video element that shows a MediaStream, which React has no attribute for. */
import { useEffect, useRef } from 'react';

type VideoProps = {
  stream: MediaStream | null;
  muted?: boolean;
  mirrored?: boolean;
  hidden?: boolean;
  label: string;
  testId?: string;
  userId?: string;
};

export function Video({ stream, muted = false, mirrored = false, hidden = false, label, testId, userId }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    if (element.current && element.current.srcObject !== stream) element.current.srcObject = stream;
  }, [stream]);

  return (
    <video
      ref={element}
      className={[mirrored && 'mirrored', hidden && 'concealed'].filter(Boolean).join(' ') || undefined}
      autoPlay
      playsInline
      muted={muted}
      aria-label={label}
      data-testid={testId}
      data-user-id={userId}
    />
  );
}
