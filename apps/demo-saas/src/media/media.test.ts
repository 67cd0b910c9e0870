/** What people are told when a device does not open, and how loud a microphone is shown to be. */
import { describe, expect, it } from 'vitest';
import { describeProblem, problemOf } from './problems';
import { levelOf } from './useMicLevel';

const failure = (name: string): Error => Object.assign(new Error(name), { name });

describe('a device that does not open', () => {
  it.each([
    ['NotAllowedError', 'REFUSED'],
    ['NotFoundError', 'MISSING'],
    ['NotReadableError', 'BUSY'],
    ['TypeError', 'UNKNOWN'],
  ])('by %s is told as %s', (name, code) => {
    expect(problemOf(failure(name), ['video']).code).toBe(code);
  });

  it('is named, with what to do and the way in without it', () => {
    const { title, text, without } = describeProblem({ code: 'REFUSED', kinds: ['audio', 'video'] });
    expect(title).toBe('Meetwell may not use your camera and microphone');
    expect(text).toContain('try again');
    expect(without).toContain('join without');
  });
});

it('silence has no level and a loud voice the full one', () => {
  expect(levelOf(new Uint8Array(64).fill(128))).toBe(0);
  expect(levelOf(new Uint8Array(64).fill(255))).toBe(1);
});
