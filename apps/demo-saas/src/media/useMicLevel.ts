/** How loud the microphone is, 0 to 1 in steps, so that people see that they are heard. */
import { useEffect, useState } from 'react';

const EVERY_MS = 120;

/** Root mean square of samples around 128, scaled so that normal speech reaches the upper half. */
export function levelOf(samples: Uint8Array): number {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const level = Math.sqrt(sum / Math.max(1, samples.length)) * 5;
  return Math.round(Math.min(1, level) * 10) / 10;
}

export function useMicLevel(track: MediaStreamTrack | null): number {
  const [level, setLevel] = useState(0);

  useEffect(() => {
    if (!track) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      setLevel(levelOf(samples));
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      setLevel(0);
      void context.close();
    };
  }, [track]);

  return level;
}
