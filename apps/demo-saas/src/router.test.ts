/** Addresses and the pages that they lead to. */
import { expect, it } from 'vitest';
import { meetingIdIn, parsePath } from './router';

it('an address leads to its page', () => {
  expect(parsePath('/demo/')).toEqual({ page: 'home' });
  expect(parsePath('/demo/m/abc123')).toEqual({ page: 'meeting', id: 'abc123' });
  expect(parsePath('/demo/elsewhere')).toEqual({ page: 'unknown' });
});

it('a meeting is found in a link, in a path and in a bare id', () => {
  expect(meetingIdIn(' http://localhost:3000/demo/m/ck9x8y7z6w?debug=1 ')).toBe('ck9x8y7z6w');
  expect(meetingIdIn('/demo/m/ck9x8y7z6w')).toBe('ck9x8y7z6w');
  expect(meetingIdIn('ck9x8y7z6w')).toBe('ck9x8y7z6w');
  expect(meetingIdIn('hello there')).toBeNull();
});
