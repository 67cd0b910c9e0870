/** Signaling without any library, from inside a page. */
import type { Page } from 'playwright-core';
import type { Ticket } from './platform.ts';

export type Answer = { type: string; code?: string; fatal?: boolean };

/** Joins by a WebSocket of its own and gives the first message of the server. */
export function joinBySocket(page: Page, { url, roomId, token }: Pick<Ticket, 'url' | 'roomId' | 'token'>): Promise<Answer> {
  return page.evaluate(
    (join) =>
      new Promise<Answer>((resolve, reject) => {
        const socket = new WebSocket(join.url);
        socket.onopen = () => socket.send(JSON.stringify({ type: 'join', roomId: join.roomId, token: join.token }));
        socket.onerror = () => reject(new Error(`no connection to ${join.url}`));
        socket.onmessage = ({ data }: MessageEvent<string>) => {
          socket.close();
          resolve(JSON.parse(data) as Answer);
        };
      }),
    { url, roomId, token },
  );
}
