/** The whole call. Copy this file: it needs React, the SDK, and a token from your backend. */
import { CallSDK } from '@rtc-platform/sdk';
import type { CallError, ConnectionState, NetworkQuality, ScreenShare, User } from '@rtc-platform/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Ticket } from '../api';
import { fallbackName, parseMessage, type Hello } from './messages';

export type ChatLine = { userId: string; name: string; text: string; own: boolean };
export type Person = { userId: string; name: string; user: User; audio: boolean; video: boolean; quality: NetworkQuality };

export type Call = ReturnType<typeof useCall>;
type Kind = 'audio' | 'video';

/** `onMutedByOther`: the host or the backend switched my microphone or camera. */
export function useCall(onMutedByOther: (kind: Kind, muted: boolean) => void) {
  const [state, setState] = useState<ConnectionState>('idle');
  const [users, setUsers] = useState<readonly User[]>([]);
  const [hellos, setHellos] = useState<Readonly<Record<string, Hello>>>({});
  const [lines, setLines] = useState<readonly Omit<ChatLine, 'name'>[]>([]);
  const [speaker, setSpeaker] = useState<string | null>(null);
  const [screen, setScreen] = useState<ScreenShare | null>(null);
  const [error, setError] = useState<CallError | null>(null);
  const me = useRef<Hello>({ type: 'hello', name: '', audio: false, video: false });
  const mutedByOther = useRef(onMutedByOther);
  mutedByOther.current = onMutedByOther;

  useEffect(() => {
    const refresh = (): void => setUsers([...CallSDK.users]);
    const greet = (): void => void (CallSDK.state === 'connected' && CallSDK.send(me.current));
    const stops = [
      CallSDK.on('user-joined', () => (refresh(), greet())),
      CallSDK.on('user-left', refresh),
      CallSDK.on('track-added', refresh),
      CallSDK.on('track-removed', refresh),
      CallSDK.on('muted', ({ local, kind, muted }) => (local ? mutedByOther.current(kind, muted) : refresh())),
      CallSDK.on('network-quality', refresh),
      CallSDK.on('active-speaker', ({ userId }) => setSpeaker(userId)),
      CallSDK.on('connection-state', (change) => (setState(change.state), refresh())),
      CallSDK.on('error', setError),
      CallSDK.on('data', ({ userId, data }) => {
        const message = parseMessage(data);
        if (message?.type === 'hello') setHellos((all) => ({ ...all, [userId]: message }));
        if (message?.type === 'chat') setLines((all) => [...all, { userId, text: message.text, own: false }]);
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      CallSDK.leave();
    };
  }, []);

  const join = useCallback(async (ticket: Ticket, hello: Omit<Hello, 'type'>, tracks: MediaStreamTrack[]) => {
    setError(null);
    me.current = { type: 'hello', ...hello };
    try {
      initOnce(ticket);
      CallSDK.setMuted('audio', !hello.audio);
      CallSDK.setMuted('video', !hello.video);
      await CallSDK.join({ roomId: ticket.roomId, token: ticket.token, stream: new MediaStream(tracks) });
      CallSDK.send(me.current);
    } catch (problem) {
      setError(problem as CallError);
    }
  }, []);

  const setOn = useCallback((kind: Kind, on: boolean) => {
    if (me.current[kind] === on) return;
    CallSDK.setMuted(kind, !on);
    me.current = { ...me.current, [kind]: on };
    CallSDK.send(me.current);
  }, []);

  /** Puts a track in the place of another, or adds it where there was none. */
  const swap = useCallback(async (before: MediaStreamTrack | null, after: MediaStreamTrack) => {
    await (before ? CallSDK.replaceTrack(before, after) : CallSDK.publish(after)).catch(setError);
  }, []);

  const chat = useCallback((text: string) => {
    try {
      CallSDK.send({ type: 'chat', text });
      setLines((all) => [...all, { userId: '', text, own: true }]);
    } catch (problem) {
      setError(problem as CallError);
    }
  }, []);

  const shareScreen = useCallback(async () => {
    // Rejected when the person closes the browser's picker: then there is nothing to do and nothing to say.
    const share = await CallSDK.shareScreen().catch(() => null);
    setScreen(share);
    void share?.ended.then(() => setScreen(null));
  }, []);

  const leave = useCallback(() => CallSDK.leave(), []);

  const nameOf = (userId: string): string => hellos[userId]?.name ?? fallbackName(userId);
  const people = users.map((user): Person => {
    const { userId, quality, muted } = user;
    const on = hellos[userId] ?? { audio: true, video: true };
    const live = { audio: on.audio && !muted.audio, video: on.video && !muted.video };
    return { userId, name: nameOf(userId), user, quality, ...live };
  });
  const chatLines = lines.map((line): ChatLine => ({ ...line, name: line.own ? 'You' : nameOf(line.userId) }));

  const host = CallSDK.me?.role === 'host' ? HOST : null;
  const { userId, quality } = CallSDK.me ?? { userId: null, quality: 'good' as const };
  const shown = { state, userId, quality, host, people, chatLines, speaker, screen, error };
  return { ...shown, setError, join, setOn, swap, chat, shareScreen, leave };
}

/** What a host may do besides. */
const HOST = {
  mute: (userId: string): void => CallSDK.muteUser(userId, 'audio', true),
  remove: (userId: string): void => CallSDK.kick(userId),
};

let ready = false;

/** The ready-made call is set up once a page. */
function initOnce({ appId, url }: Ticket): void {
  if (!ready) CallSDK.init({ appId, signalingUrl: url });
  ready = true;
}
