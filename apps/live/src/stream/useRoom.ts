/** The media session of one stream: joins, keeps the pictures and the chat, and says how it ended. */
import {
  ConnectionError,
  DisconnectReason,
  Room,
  RoomEvent,
  Track,
  type LocalTrack,
  type Participant,
  type RemoteTrack,
} from 'livekit-client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, joinStream, leaveStream, type Role } from '../api';
import { CHAT_TOPIC, decodeLine, encodeLine, tidy, withLine, type Line } from './chat';
import { pick, type Pictures } from './pictures';
import type { Viewer } from '../viewer';

export type Phase = 'idle' | 'joining' | 'live' | 'reconnecting' | 'over';
export type Ending = { code: string; message: string };

export type Session = {
  room: Room | null;
  phase: Phase;
  ending: Ending | null;
  pictures: Pictures;
  lines: Line[];
  /** The browser wants a press of a button before it plays sound. */
  isSilenced: boolean;
  join: (viewer: Viewer, role: Role, tracks: LocalTrack[]) => Promise<void>;
  leave: () => void;
  send: (text: string) => Promise<boolean>;
};

const NO_PICTURES: Pictures = { main: null, inset: null, mainIsScreen: false };

/** Why a session ended, as the code that advice goes by; null while it is not to be told. */
export function endingFor(reason: DisconnectReason | undefined): string {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return 'LEFT';
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return 'ENDED';
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'REMOVED';
    case DisconnectReason.DUPLICATE_IDENTITY:
      return 'REPLACED';
    default:
      return 'LOST';
  }
}

export function failureFor(error: unknown): Ending {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  if (error instanceof ConnectionError) return { code: 'LOST', message: error.message };
  return { code: 'UNKNOWN', message: 'The stream could not be joined.' };
}

export function useRoom(streamId: string): Session {
  const [room, setRoom] = useState<Room | null>(null);
  const [phase, setPhase] = useState<Phase>('idle');
  const [ending, setEnding] = useState<Ending | null>(null);
  const [pictures, setPictures] = useState(NO_PICTURES);
  const [lines, setLines] = useState<Line[]>([]);
  const [isSilenced, setSilenced] = useState(false);
  const current = useRef<{ room: Room; userId: string } | null>(null);

  const finish = useCallback((code: string, message: string) => {
    current.current = null;
    setRoom(null);
    setPictures(NO_PICTURES);
    setEnding({ code, message });
    setPhase('over');
  }, []);

  const join = useCallback(
    async (viewer: Viewer, role: Role, tracks: LocalTrack[]) => {
      if (current.current) return;
      const made = new Room({ adaptiveStream: true, dynacast: true, disconnectOnPageLeave: true });
      const mine = { room: made, userId: viewer.id };
      current.current = mine;
      setPhase('joining');
      setEnding(null);
      setLines([]);
      setRoom(made);
      watch(made, {
        changed: () => setPictures(pick(publicationsOf(made))),
        silenced: () => setSilenced(!made.canPlaybackAudio),
        reconnecting: () => setPhase('reconnecting'),
        connected: () => setPhase('live'),
        said: (from, text, host) => setLines((before) => withLine(before, { from, text, own: false, host })),
        ended: (reason) => current.current === mine && finish(endingFor(reason), ''),
      });
      try {
        const ticket = await joinStream(streamId, viewer.id, viewer.name, role);
        await made.connect(ticket.url, ticket.token);
        if (current.current !== mine) return void made.disconnect();
        for (const track of tracks) await made.localParticipant.publishTrack(track);
        setPictures(pick(publicationsOf(made)));
        setPhase('live');
      } catch (error) {
        if (current.current !== mine) return;
        const { code, message } = failureFor(error);
        finish(code, message);
        void made.disconnect();
      }
    },
    [finish, streamId],
  );

  const leave = useCallback(() => {
    const mine = current.current;
    if (!mine) return;
    finish('LEFT', '');
    void mine.room.disconnect();
    void leaveStream(streamId, mine.userId).catch(() => undefined);
  }, [finish, streamId]);

  const send = useCallback(async (text: string) => {
    const line = tidy(text);
    const mine = current.current;
    if (line === null || !mine) return false;
    const { localParticipant } = mine.room;
    try {
      await localParticipant.publishData(encodeLine(line), { reliable: true, topic: CHAT_TOPIC });
    } catch {
      return false;
    }
    const from = localParticipant.name ?? localParticipant.identity;
    const host = localParticipant.permissions?.canPublish ?? false;
    setLines((before) => withLine(before, { from, text: line, own: true, host }));
    return true;
  }, []);

  useEffect(() => {
    // A closed page gives its place up, so that the count is right at once.
    const gone = (): void => {
      if (current.current) void leaveStream(streamId, current.current.userId).catch(() => undefined);
    };
    addEventListener('pagehide', gone);
    return () => {
      removeEventListener('pagehide', gone);
      const mine = current.current;
      current.current = null;
      if (!mine) return;
      void mine.room.disconnect();
      void leaveStream(streamId, mine.userId).catch(() => undefined);
    };
  }, [streamId]);

  return { room, phase, ending, pictures, lines, isSilenced, join, leave, send };
}

type Watcher = {
  changed: () => void;
  silenced: () => void;
  reconnecting: () => void;
  connected: () => void;
  said: (from: string, text: string, host: boolean) => void;
  ended: (reason?: DisconnectReason) => void;
};

function watch(room: Room, watcher: Watcher): void {
  for (const event of [
    RoomEvent.TrackSubscribed,
    RoomEvent.TrackUnsubscribed,
    RoomEvent.TrackMuted,
    RoomEvent.TrackUnmuted,
    RoomEvent.LocalTrackPublished,
    RoomEvent.LocalTrackUnpublished,
    RoomEvent.ParticipantDisconnected,
  ] as const) {
    room.on(event, watcher.changed);
  }
  room.on(RoomEvent.TrackSubscribed, (track: RemoteTrack) => {
    // Sound needs an element, but no place on the page.
    if (track.kind === Track.Kind.Audio) track.attach();
  });
  room.on(RoomEvent.TrackUnsubscribed, (track: RemoteTrack) => {
    if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove();
  });
  room.on(RoomEvent.AudioPlaybackStatusChanged, watcher.silenced);
  room.on(RoomEvent.Reconnecting, watcher.reconnecting);
  room.on(RoomEvent.Reconnected, watcher.connected);
  room.on(RoomEvent.Disconnected, watcher.ended);
  room.on(RoomEvent.DataReceived, (payload: Uint8Array, from?: Participant, _kind?: unknown, topic?: string) => {
    const text = topic === CHAT_TOPIC ? decodeLine(payload) : null;
    // Who says it is the server's word, not the packet's.
    if (text !== null && from) watcher.said(from.name || from.identity, text, from.permissions?.canPublish ?? false);
  });
}

function* publicationsOf(room: Room) {
  yield* room.localParticipant.videoTrackPublications.values();
  for (const participant of room.remoteParticipants.values()) yield* participant.videoTrackPublications.values();
}
