/** How a track is sent to the media server: in which sizes, at which rates, with which codec. */
import type { OutgoingTrack } from './peer-link.js';

/** Of 1280 × 720, in bit/s; a picture of half the pixels needs more than half of it. */
const CAMERA_BITRATE = 1_700_000;
const CAMERA_PIXELS = 1_280 * 720;
const SCREEN_BITRATE = 2_500_000;

/** The streams of a track, the smallest first; undefined: as the browser does it. */
export function encodingsOf({ track, source, simulcast }: OutgoingTrack): RTCRtpEncodingParameters[] | undefined {
  if (track.kind === 'audio') return undefined;
  // Letters do not bear scaling: fewer pictures a second instead.
  if (source === 'screen') {
    return [{ maxBitrate: SCREEN_BITRATE, scalabilityMode: 'L1T3' } as RTCRtpEncodingParameters];
  }
  const { width = 1_280, height = 720 } = track.getSettings?.() ?? {};
  const side = Math.min(width, height);
  const count = simulcast === false || side < 270 ? 1 : side < 540 ? 2 : 3;
  return Array.from({ length: count }, (_, layer) => {
    const scale = 2 ** (count - 1 - layer);
    const share = (width * height) / scale ** 2 / CAMERA_PIXELS;
    const maxBitrate = Math.round(CAMERA_BITRATE * share ** 0.75);
    return count === 1 ? { maxBitrate } : { rid: 'qhf'.charAt(3 - count + layer), scaleResolutionDownBy: scale, maxBitrate };
  });
}

/** VP8 first: the one codec with simulcast that every browser encodes and decodes. */
export function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = globalThis.RTCRtpSender?.getCapabilities?.('video')?.codecs ?? [];
  const vp8 = ({ mimeType }: { mimeType: string }): boolean => /vp8/i.test(mimeType);
  if (codecs.some(vp8)) transceiver.setCodecPreferences?.([...codecs.filter(vp8), ...codecs.filter((each) => !vp8(each))]);
}
