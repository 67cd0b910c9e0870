/** What Meetwell's pages send each other over `data`. It came from another page: nothing in it is trusted. */

/** Who I am and what I have on. */
export type Hello = { type: 'hello'; name: string; audio: boolean; video: boolean };
export type ChatMessage = { type: 'chat'; text: string };

export const CHAT_CHARS_MAX = 2000;
const NAME_CHARS_MAX = 60;

/** The message in what arrived, or null when it is none of ours. */
export function parseMessage(data: unknown): Hello | ChatMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, name, audio, video, text } = data as Record<string, unknown>;
  if (type === 'hello' && typeof name === 'string' && name.trim() !== '') {
    return { type, name: name.trim().slice(0, NAME_CHARS_MAX), audio: audio === true, video: video === true };
  }
  if (type === 'chat' && typeof text === 'string' && text.trim() !== '') {
    return { type, text: text.slice(0, CHAT_CHARS_MAX) };
  }
  return null;
}

/** A name for somebody who has not said hello yet. */
export function fallbackName(userId: string): string {
  return `Guest ${userId.replace(/^u_/, '').slice(0, 4)}`;
}
