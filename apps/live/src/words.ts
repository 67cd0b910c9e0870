/** What people are told, by code, and how numbers are said. */
export type Advice = { title: string; text: string; again: string | null };

const ADVICE: Record<string, Advice> = {
  ENDED: { title: 'The stream has ended', text: 'Thank you for watching.', again: null },
  ENDED_BY_YOU: { title: 'Your stream has ended', text: 'Everybody who watched was told so.', again: null },
  LEFT: { title: 'You left the stream', text: 'It goes on. Come back at any time.', again: 'Watch again' },
  NOT_FOUND: { title: 'There is no such stream', text: 'The link may be incomplete. Ask for it again.', again: null },
  ROOM_FULL: {
    title: 'The stream is full',
    text: 'Every place is taken. Try again when somebody has left.',
    again: 'Try again',
  },
  REMOVED: {
    title: 'You were removed from the stream',
    text: 'The host or the platform ended your visit.',
    again: null,
  },
  REPLACED: {
    title: 'The stream goes on in another tab',
    text: 'You opened it again somewhere else, so this tab stepped aside.',
    again: 'Use this tab instead',
  },
  LOST: {
    title: 'The connection was lost',
    text: 'We tried to bring you back and could not. Check your internet connection.',
    again: 'Try again',
  },
  FORBIDDEN: {
    title: 'This is not yours to do',
    text: 'Only the person who started the stream may host or end it.',
    again: null,
  },
  OFFLINE: { title: 'Onwell cannot be reached', text: 'Check your internet connection, then try again.', again: 'Try again' },
  UNAVAILABLE: {
    title: 'Streams are not available right now',
    text: 'This is not your fault. Try again in a minute.',
    again: 'Try again',
  },
  RATE_LIMIT_EXCEEDED: { title: 'Too many tries', text: 'Wait a few seconds, then try again.', again: 'Try again' },
};

/** Advice for a code; one that is not known keeps the message that came with it. */
export function adviceFor(code: string, message: string): Advice {
  return ADVICE[code] ?? { title: 'That did not work', text: message, again: 'Try again' };
}

/** "1 watching", and large counts in short. */
export const watching = (count: number): string => `${short(count)} watching`;

export const viewers = (count: number): string => (count === 1 ? '1 viewer' : `${short(count)} viewers`);

function short(count: number): string {
  if (count < 10_000) return String(count);
  if (count < 1_000_000) return `${Math.floor(count / 1000)}k`;
  return `${(Math.floor(count / 100_000) / 10).toFixed(1)}M`;
}

/** How long something has been going on, in the two largest units: "1 h 5 min". */
export function since(startMs: number, nowMs: number): string {
  const minutes = Math.max(0, Math.floor((nowMs - startMs) / 60_000));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
