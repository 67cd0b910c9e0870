/** How the ends of a session are told apart. */
import { ConnectionError, DisconnectReason } from 'livekit-client';
import { expect, it } from 'vitest';
import { ApiError } from '../api';
import { endingFor, failureFor } from './useRoom';

it('each way to lose a session has its own words', () => {
  expect(endingFor(DisconnectReason.ROOM_DELETED)).toBe('ENDED');
  expect(endingFor(DisconnectReason.PARTICIPANT_REMOVED)).toBe('REMOVED');
  expect(endingFor(DisconnectReason.DUPLICATE_IDENTITY)).toBe('REPLACED');
  expect(endingFor(DisconnectReason.CLIENT_INITIATED)).toBe('LEFT');
  expect(endingFor(DisconnectReason.SIGNAL_CLOSE)).toBe('LOST');
  expect(endingFor(undefined)).toBe('LOST');
});

it('a join that fails keeps the code of the platform', () => {
  expect(failureFor(new ApiError(409, 'ROOM_FULL', 'full'))).toEqual({ code: 'ROOM_FULL', message: 'full' });
  expect(failureFor(ConnectionError.serverUnreachable('gone')).code).toBe('LOST');
  expect(failureFor(new Error('odd')).code).toBe('UNKNOWN');
});
