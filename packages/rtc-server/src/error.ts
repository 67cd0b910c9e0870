/** Errors of the calls: the contract's code, a text for people, and which argument is at fault. */
import { ErrorStatus, type ErrorCode, type ErrorDetail, type ErrorInfo } from '@rtc-platform/shared';

/** Why a call was refused. */
export class RtcError extends Error {
  override readonly name = 'RtcError';

  constructor(
    /** The contract: the same codes as in the platform's HTTP answers. */
    readonly code: ErrorCode,
    message: string,
    /** Each fault on its own, where the code is `VALIDATION_ERROR`. */
    readonly details: ErrorDetail[] = [],
  ) {
    super(message);
  }

  /** The HTTP status that carries the code. */
  get status(): number {
    return ErrorStatus[this.code];
  }

  /** One argument that is not of the accepted form. */
  static invalid(path: string, message: string): RtcError {
    return new RtcError('VALIDATION_ERROR', `\`${path}\` ${message}`, [{ path, message }]);
  }
}

/** What the addon threw, as people see it. `needs`: the texts that the request has to have. */
export function fromNative(thrown: unknown, request: unknown, needs: readonly string[]): unknown {
  if (thrown instanceof RtcError) return thrown;
  const { code, message } = thrown as Error & { code?: string };
  if (code === undefined || !(code in ErrorStatus)) return wrongType(request, needs) ?? thrown;
  const info = JSON.parse(message) as ErrorInfo;
  return new RtcError(code as ErrorCode, info.message, info.details);
}

/** What UTF-8 cannot say; ids that have it would be the same to the addon. */
const SURROGATE = /\p{Cs}/u;

/** @throws RtcError where a text that the request has to have is not well-formed. */
export function checkTexts(request: unknown, needs: readonly string[]): void {
  if (typeof request !== 'object' || request === null) return;
  const fields = request as Record<string, unknown>;
  for (const name of [...needs, 'toPeerId']) {
    const value = fields[name];
    if (typeof value === 'string' && SURROGATE.test(value)) throw RtcError.invalid(name, 'must be well-formed Unicode');
  }
}

/** The addon, or JavaScript before it, refuses what is no text, and cannot say which it was. */
function wrongType(request: unknown, needs: readonly string[]): RtcError | undefined {
  if (typeof request !== 'object' || request === null) {
    return new RtcError('VALIDATION_ERROR', 'the request must be an object');
  }
  const fields = request as Record<string, unknown>;
  for (const name of needs) {
    if (fields[name] === undefined) return RtcError.invalid(name, 'is missing');
    if (typeof fields[name] !== 'string') return RtcError.invalid(name, 'must be a text');
  }
  const { toPeerId, lastEventId } = fields;
  if (toPeerId !== undefined && typeof toPeerId !== 'string') return RtcError.invalid('toPeerId', 'must be a text');
  if (lastEventId !== undefined) return RtcError.invalid('lastEventId', 'must be the id of an event');
  return undefined;
}
