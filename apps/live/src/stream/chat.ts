/** Chat lines over the room's data packets: JSON in UTF-8 under one topic. */
export type Line = { id: number; from: string; text: string; own: boolean; host: boolean };

export const CHAT_TOPIC = 'chat';
export const CHARS_MAX = 500;
const KEPT_MAX = 200;

export function encodeLine(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ type: 'chat', text }));
}

/** The text of a packet; null for one that is no chat line. */
export function decodeLine(payload: Uint8Array): string | null {
  try {
    const message: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    const { type, text } = message as { type?: unknown; text?: unknown };
    if (type !== 'chat' || typeof text !== 'string') return null;
    return tidy(text);
  } catch {
    return null;
  }
}

/** A line as it is sent and shown; null for one that says nothing. */
export function tidy(text: string): string | null {
  const line = [...text.replace(/\p{Cc}+/gu, ' ').trim()].slice(0, CHARS_MAX).join('');
  return line === '' ? null : line;
}

/** The lines with one more; the oldest go. */
export function withLine(lines: Line[], line: Omit<Line, 'id'>): Line[] {
  const id = (lines[lines.length - 1]?.id ?? 0) + 1;
  return [...lines.slice(-(KEPT_MAX - 1)), { ...line, id }];
}
