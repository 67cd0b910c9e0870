/** Sessions without a table: the user's id and name, an expiry, and a signature over them. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type User = { id: string; name: string };

export const SESSION_S = 12 * 60 * 60;

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id that is new at every login, whatever the name: two people called Ana do not push each other out. */
export function newUserId(): string {
  let id = 'u_';
  while (id.length < 12) {
    const byte = randomBytes(1).readUInt8();
    // 252 is the largest multiple of 36 below 256: what lies above would favour the first letters.
    if (byte < 252) id += ID_ALPHABET.charAt(byte % 36);
  }
  return id;
}

export class Sessions {
  readonly #key: Buffer;

  constructor(appSecret: string) {
    this.#key = createHash('sha256').update(`meetwell session ${appSecret}`).digest();
  }

  issue(user: User, nowMs: number): string {
    const payload = Buffer.from(JSON.stringify({ ...user, exp: Math.floor(nowMs / 1000) + SESSION_S }));
    return `${payload.toString('base64url')}.${this.#sign(payload).toString('base64url')}`;
  }

  /** The user, or null when the session is forged, broken or expired. */
  read(session: string, nowMs: number): User | null {
    const [payloadText = '', signatureText = ''] = session.split('.');
    const payload = Buffer.from(payloadText, 'base64url');
    const signature = Buffer.from(signatureText, 'base64url');
    const expected = this.#sign(payload);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null;
    const { id, name, exp } = JSON.parse(payload.toString()) as User & { exp: number };
    return exp * 1000 > nowMs ? { id, name } : null;
  }

  #sign(payload: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}
