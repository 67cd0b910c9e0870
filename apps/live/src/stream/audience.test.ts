/** What events make of what is known of the audience. */
import { expect, it } from 'vitest';
import { NO_AUDIENCE, applyEvent } from './audience';

const state = JSON.stringify({
  status: 'LIVE',
  viewerCount: 3,
  totalViewers: 9,
  peakViewerCount: 5,
  hostInfo: { userId: 'u', displayName: 'Ana' },
});

it('the first event gives the whole state', () => {
  expect(applyEvent(NO_AUDIENCE, 'state', state)).toEqual({
    status: 'LIVE',
    viewerCount: 3,
    peak: 5,
    total: 9,
    hostName: 'Ana',
  });
});

it('a count moves the count and, where it is higher, the peak', () => {
  const before = applyEvent(NO_AUDIENCE, 'state', state);
  const after = applyEvent(before, 'viewer_count_update', '{"viewerCount":7}');
  expect([after.viewerCount, after.peak, after.total, after.hostName]).toEqual([7, 7, 9, 'Ana']);
});

it('what is over stays over', () => {
  const ended = applyEvent(applyEvent(NO_AUDIENCE, 'state', state), 'room_ended', '{}');
  expect([ended.status, ended.viewerCount, ended.peak]).toEqual(['ENDED', 0, 5]);
  expect(applyEvent(ended, 'viewer_count_update', '{"viewerCount":2}')).toBe(ended);
  expect(applyEvent(NO_AUDIENCE, 'state', '{"status":"ENDED","viewerCount":0}').status).toBe('ENDED');
});

it('an event that cannot be read changes nothing', () => {
  for (const text of ['', 'null', '7', '{']) expect(applyEvent(NO_AUDIENCE, 'state', text)).toBe(NO_AUDIENCE);
  expect(applyEvent(NO_AUDIENCE, 'viewer_count_update', '{"viewerCount":-1}').viewerCount).toBe(0);
});
