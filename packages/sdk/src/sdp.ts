/** Session descriptions as they come from other pages. */

/**
 * Gives a description whatever form the other page sent: a text, or an object with or without its type.
 */
export function toDescription(
  type: 'offer' | 'answer',
  sdp: string | RTCSessionDescriptionInit,
): RTCSessionDescriptionInit {
  const text = typeof sdp === 'string' ? sdp : sdp.sdp;
  return { type, sdp: dropOrphanFeedback(text ?? '') };
}

/**
 * Removes `a=rtcp-fb` lines of payload types that their m-line no longer lists. Firefox leaves them behind after
 * `setCodecPreferences`, and Chromium refuses such a description (seen with Firefox 153 and Chromium 156).
 */
export function dropOrphanFeedback(sdp: string): string {
  let listed = new Set<string>();
  return sdp
    .split(/(?<=\n)/)
    .filter((line) => {
      if (line.startsWith('m=')) listed = new Set(line.trim().split(' ').slice(3));
      const payloadType = /^a=rtcp-fb:(\d+) /.exec(line)?.[1];
      return payloadType === undefined || listed.has(payloadType);
    })
    .join('');
}
