/** Addresses and the pages they lead to. */
import { expect, it } from 'vitest';
import { parsePath, streamPath } from './router';

it('an address leads to its page', () => {
  expect(parsePath('/live/')).toEqual({ page: 'browse' });
  expect(parsePath('/live/go')).toEqual({ page: 'go' });
  expect(parsePath('/live/s/5c2e-1/')).toEqual({ page: 'stream', id: '5c2e-1' });
  expect(parsePath('/live/elsewhere')).toEqual({ page: 'unknown' });
});

it('a stream has an address of its own', () => {
  expect(parsePath(streamPath('abc'))).toEqual({ page: 'stream', id: 'abc' });
});
