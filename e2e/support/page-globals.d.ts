/** What the pages of these tests put on their window. */
import type { Kit } from '../pages/livekit.ts';
import type { Soup } from '../pages/mediasoup.ts';
import type { Received, Stream } from './browser.ts';

declare global {
  interface Window {
    /** pages/probe.js */
    probe: {
      received(): Promise<Received[]>;
      arriving(): Promise<Stream[]>;
      leaving(): Promise<Stream[]>;
      mediaPort(): number;
    };
    /** pages/sdk.html */
    person: {
      events: [name: string, data: Record<string, unknown>][];
      data: { userId: string; data: unknown }[];
      join(seat: { url: string; roomId: string; token: string; media?: boolean }): Promise<string>;
      send(data: unknown): void;
      state(): string;
      leave(): void;
      seenAt: number[];
      muteUser(userId: string, kind: 'audio' | 'video', muted: boolean): void;
      publish(): Promise<string>;
      shareScreen(): Promise<boolean>;
      showAt(width: number): void;
      users(): { userId: string; quality: string; sources: string[] }[];
    };
    /** pages/mediasoup.html */
    soup: Soup;
    /** pages/livekit.html */
    kit: Kit;
    /** pages/socketio.html */
    plain: {
      events: [name: string, data: Record<string, unknown>][];
      join(seat: { url: string; roomId: string; userId: string }): Promise<void>;
    };
  }
}
