/** Sharing a screen: from the browser's prompt to its end, whoever ends it. */
import type { Publication, PublishOptions, ScreenShare } from './types.js';

/** What a share needs of a call. */
export interface Publisher {
  publish(track: MediaStreamTrack, options: PublishOptions): Promise<Publication>;
  unpublish(track: MediaStreamTrack): Promise<void>;
}

/** Asks the user and publishes what was picked, with its sound where the browser gives any. */
export async function openScreen(
  publisher: Publisher,
  options: DisplayMediaStreamOptions = { video: true, audio: true },
): Promise<ScreenShare> {
  const stream = await navigator.mediaDevices.getDisplayMedia(options);
  let ended = () => {};
  const end = new Promise<void>((resolve) => (ended = resolve));
  const stop = async () => {
    for (const track of stream.getTracks()) {
      track.stop();
      await publisher.unpublish(track);
    }
    ended();
  };
  try {
    for (const track of stream.getTracks()) {
      await publisher.publish(track, { source: track.kind === 'audio' ? 'screen-audio' : 'screen' });
      // The browser's own button ends the picture: the sound goes with it.
      if (track.kind === 'video') track.addEventListener('ended', () => void stop());
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stream, ended: end, stop };
}
