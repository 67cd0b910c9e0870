/** Why a camera or microphone is not there, and what its owner can do about it. */
export type DeviceKind = 'audio' | 'video';
export type MediaProblem = { code: 'REFUSED' | 'MISSING' | 'BUSY' | 'INSECURE' | 'UNKNOWN'; kinds: DeviceKind[] };

export function problemOf(error: unknown, kinds: DeviceKind[]): MediaProblem {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return { code: 'REFUSED', kinds };
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return { code: 'MISSING', kinds };
  if (name === 'NotReadableError' || name === 'AbortError') return { code: 'BUSY', kinds };
  if (name === 'InsecureError') return { code: 'INSECURE', kinds };
  return { code: 'UNKNOWN', kinds };
}

/** What is wrong, what to do, and that one can come in without. */
export function describeProblem({ code, kinds }: MediaProblem): { title: string; text: string; without: string } {
  const both = kinds.length > 1;
  const what = both ? 'camera and microphone' : kinds[0] === 'video' ? 'camera' : 'microphone';
  const without = kinds.includes('audio')
    ? 'You can also join without: you will see and hear the others, and chat.'
    : 'You can also join without a picture: the others will hear you.';
  switch (code) {
    case 'REFUSED':
      return {
        title: `Meetwell may not use your ${what}`,
        text: `Click the camera or lock symbol beside the address, allow the ${what}, then try again.`,
        without,
      };
    case 'MISSING':
      return { title: `No ${what} found`, text: `Plug one in or switch it on, then try again.`, without };
    case 'BUSY':
      return {
        title: `Your ${what} ${both ? 'are' : 'is'} busy`,
        text: `Another program may be using ${both ? 'them' : 'it'}. Close that, then try again.`,
        without,
      };
    case 'INSECURE':
      return {
        title: 'This address is not secure enough for a camera',
        text: `Browsers give the camera only to https addresses and to localhost. Open the page there.`,
        without,
      };
    case 'UNKNOWN':
      return { title: `Your ${what} did not start`, text: `Try again, or pick another one below.`, without };
  }
}
