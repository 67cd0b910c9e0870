/** Words and numbers for people. */
import { describe, expect, it } from 'vitest';
import { adviceFor, since, viewers, watching } from './words';

describe('advice', () => {
  it('offers a way back only where there is one', () => {
    expect(adviceFor('LOST', 'x').again).toBe('Try again');
    expect(adviceFor('ENDED', 'x').again).toBeNull();
  });

  it('does not thank the host for watching', () => {
    expect(adviceFor('ENDED', '').text).not.toBe(adviceFor('ENDED_BY_YOU', '').text);
  });

  it('keeps the message of a code that it does not know', () => {
    expect(adviceFor('SOMETHING_NEW', 'The moon is in the way.').text).toBe('The moon is in the way.');
  });
});

it('counts are short when they are long', () => {
  expect([0, 1, 9999, 10_000, 123_456, 2_345_678].map(watching)).toEqual([
    '0 watching',
    '1 watching',
    '9999 watching',
    '10k watching',
    '123k watching',
    '2.3M watching',
  ]);
  expect([1, 2].map(viewers)).toEqual(['1 viewer', '2 viewers']);
});

it('a length of time has at most two units', () => {
  const minute = 60_000;
  expect([-5, 30_000, 5 * minute, 60 * minute, 65 * minute].map((ms) => since(0, ms))).toEqual([
    'less than a minute',
    'less than a minute',
    '5 min',
    '1 h',
    '1 h 5 min',
  ]);
});
