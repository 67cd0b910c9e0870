/** Why a call failed. */
import type { ErrorBody, ErrorCode, ErrorDetail } from '@rtc-platform/shared';

/** The server's codes, and two of the client's own: no answer came; what came was not the server's. */
export type RtcClientErrorCode = ErrorCode | 'NETWORK_ERROR' | 'BAD_RESPONSE';

/** Why a call failed. A call that was aborted rejects with its signal's reason instead. */
export class RtcClientError extends Error {
  override readonly name = 'RtcClientError';
  /** The contract. */
  readonly code: RtcClientErrorCode;
  /** The HTTP status; 0: there was no answer. */
  readonly status: number;
  /** Each fault on its own, where the code is `VALIDATION_ERROR`. */
  readonly details: ErrorDetail[];
  /** The id of the request in the server's log, where there was an answer. */
  readonly requestId: string | undefined;

  constructor(
    code: RtcClientErrorCode,
    message: string,
    { status = 0, details = [], requestId, cause }: Partial<Omit<RtcClientError, 'code' | 'message'>> = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
  }

  /** What a refusal says; a proxy's own answer is no refusal of the server's. */
  static async of(response: Response): Promise<RtcClientError> {
    const { status } = response;
    const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
    const requestId = body?.requestId ?? response.headers.get('x-request-id') ?? undefined;
    if (!body?.error?.code) return new RtcClientError('BAD_RESPONSE', `HTTP status ${status}`, { status, requestId });
    const { code, message, details = [] } = body.error;
    return new RtcClientError(code, message, { status, details, requestId });
  }
}
