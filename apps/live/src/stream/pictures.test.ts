/** Which picture is the large one. */
import { Track, type VideoTrack } from 'livekit-client';
import { expect, it } from 'vitest';
import { pick } from './pictures';

const track = (name: string): VideoTrack => ({ name }) as unknown as VideoTrack;
const shown = (source: Track.Source, name: string, isMuted = false) => ({ source, isMuted, videoTrack: track(name) });

it('a screen is large, and the camera in its corner', () => {
  const pictures = pick([shown(Track.Source.Camera, 'cam'), shown(Track.Source.ScreenShare, 'screen')]);
  expect(pictures).toEqual({ main: track('screen'), inset: track('cam'), mainIsScreen: true });
});

it('a camera alone fills the stage', () => {
  expect(pick([shown(Track.Source.Camera, 'cam')])).toEqual({ main: track('cam'), inset: null, mainIsScreen: false });
});

it('what is muted or not there yet is not shown', () => {
  const waiting = { source: Track.Source.ScreenShare, isMuted: false, videoTrack: undefined };
  expect(pick([shown(Track.Source.Camera, 'cam', true), waiting]).main).toBeNull();
});
