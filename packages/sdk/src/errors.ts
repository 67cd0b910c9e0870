/** The errors of the SDK: one class, told apart by `code`. */
import { CloseCode, type ErrorCode } from '@rtc-platform/shared';

/** Every code that a {@link CallError} carries: the SDK's own, and those that the server sends. */
export type CallErrorCode =
  | 'NOT_INITIALIZED'
  | 'ALREADY_INITIALIZED'
  | 'INVALID_CONFIG'
  | 'CONNECTION_FAILED'
  | 'CONNECTION_LOST'
  | 'RECONNECT_FAILED'
  | 'WEBRTC_NOT_SUPPORTED'
  | 'ICE_FAILED'
  | 'NEGOTIATION_FAILED'
  | ErrorCode;

/** What a rejected promise, a thrown error and the `error` event carry. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(
    /** The contract. */
    readonly code: CallErrorCode,
    /** For people. */
    message: string,
    /** Whether the call has ended, or never began. */
    readonly fatal = false,
    /** The error beneath, where there is one. */
    override readonly cause?: unknown,
  ) {
    super(message);
  }
}

/** Why the server ended the call, by close code; other codes mean: come back. */
const ENDINGS: Record<number, readonly [CallErrorCode, string]> = {
  [CloseCode.Replaced]: ['REPLACED', 'This user joined the call from another place.'],
  [CloseCode.Kicked]: ['KICKED', 'This user was removed from the call.'],
  [CloseCode.RoomClosed]: ['ROOM_CLOSED', 'The call was ended.'],
  [CloseCode.TokenRevoked]: ['INVALID_TOKEN', 'The token of this call was revoked.'],
};

/** The error that a close code stands for, or null where the client shall come back. */
export function endingOf(closeCode: number): CallError | null {
  const ending = ENDINGS[closeCode];
  return ending ? new CallError(...ending, true) : null;
}
