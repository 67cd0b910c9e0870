/** What people are told when a call cannot start or has ended, by code. */
export type Advice = { title: string; text: string; rejoin: string | null };

const ADVICE: Record<string, Advice> = {
  LEFT: { title: 'You left the meeting', text: 'Join again at any time while it goes on.', rejoin: 'Join again' },
  TOKEN_EXPIRED: {
    title: 'Your pass has expired',
    text: 'A pass to a meeting is short-lived. Get a new one and you are back in.',
    rejoin: 'Get a new pass and join',
  },
  INVALID_TOKEN: {
    title: 'Your pass is not valid any more',
    text: 'It was used before or taken back. Get a new one to come in.',
    rejoin: 'Get a new pass and join',
  },
  ROOM_FULL: {
    title: 'The meeting is full',
    text: 'Every seat is taken. Try again when somebody has left.',
    rejoin: 'Try again',
  },
  KICKED: {
    title: 'You were removed from the meeting',
    text: 'The host ended your part of this meeting. Talk to the host if it was a mistake.',
    rejoin: 'Join again',
  },
  REPLACED: {
    title: 'The meeting goes on in another tab',
    text: 'You joined again somewhere else, so this tab stepped aside. Go to the other tab, or take the call back here.',
    rejoin: 'Use this tab instead',
  },
  ROOM_CLOSED: { title: 'The meeting is over', text: 'It was ended for everyone.', rejoin: null },
  ROOM_NOT_FOUND: { title: 'There is no such meeting', text: 'It was deleted, or the link is incomplete.', rejoin: null },
  CONNECTION_FAILED: {
    title: 'The meeting could not be reached',
    text: 'Check your internet connection. A company network or VPN may also be in the way.',
    rejoin: 'Try again',
  },
  RECONNECT_FAILED: {
    title: 'The connection was lost',
    text: 'We tried to bring you back and could not. Check your internet connection, then join again.',
    rejoin: 'Join again',
  },
  ICE_FAILED: {
    title: 'No way through to the others',
    text: 'A firewall seems to block calls. Try another network, a phone hotspot for example.',
    rejoin: 'Try again',
  },
  WEBRTC_NOT_SUPPORTED: {
    title: 'This browser cannot make calls',
    text: 'Open the link in a current Chrome, Edge, Firefox or Safari.',
    rejoin: null,
  },
  OFFLINE: {
    title: 'Meetwell cannot be reached',
    text: 'Check your internet connection, then try again.',
    rejoin: 'Try again',
  },
  UNAVAILABLE: {
    title: 'Calls are not available right now',
    text: 'This is not your fault. Try again in a minute.',
    rejoin: 'Try again',
  },
  RATE_LIMIT_EXCEEDED: { title: 'Too many tries', text: 'Wait a few seconds, then try again.', rejoin: 'Try again' },
};

ADVICE.CONNECTION_LOST = ADVICE.RECONNECT_FAILED as Advice;
ADVICE.NOT_FOUND = ADVICE.ROOM_NOT_FOUND as Advice;

/** Advice for a code; one that is not known keeps the message that came with it. */
export function adviceFor(code: string, message: string): Advice {
  return ADVICE[code] ?? { title: 'That did not work', text: message, rejoin: 'Try again' };
}

/** "1 person is here", with the empty room said kindly. */
export function presence(participants: number): string {
  if (participants === 0) return 'Nobody is here yet';
  return participants === 1 ? 'One person is here' : `${participants} people are here`;
}

/** Up to two letters for a picture that is not there. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('') || '?';
}
