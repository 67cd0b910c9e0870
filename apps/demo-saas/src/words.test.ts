/** The words for codes that end a call, for how many are here, and for names. */
import { describe, expect, it } from 'vitest';
import { adviceFor, initials, presence } from './words';

describe('advice', () => {
  it('offers a way back when the token has expired', () => {
    expect(adviceFor('TOKEN_EXPIRED', 'x').rejoin).toBe('Get a new pass and join');
  });

  it('offers no way back into a meeting that is over', () => {
    expect(adviceFor('ROOM_CLOSED', 'x').rejoin).toBeNull();
  });

  it('keeps the message of a code that it does not know', () => {
    expect(adviceFor('SOMETHING_NEW', 'The moon is in the way.').text).toBe('The moon is in the way.');
  });
});

describe('presence', () => {
  it('counts people in words', () => {
    expect([0, 1, 3].map(presence)).toEqual(['Nobody is here yet', 'One person is here', '3 people are here']);
  });
});

describe('initials', () => {
  it('takes the first and the last word', () => {
    expect(initials('Ana María Ruiz')).toBe('AR');
  });

  it('copes with one word, letters beyond ASCII and nothing at all', () => {
    expect([initials('élodie'), initials('𝒜da'), initials('  ')]).toEqual(['É', '𝒜', '?']);
  });
});
