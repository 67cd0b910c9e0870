/** One meeting from its link to its end: pre-join, call, ended. Holds what outlives a change of screen. */
import { useCallback, useEffect, useState } from 'react';
import { ApiError, getMeeting, getTicket, type Meeting as MeetingInfo } from '../api';
import { CallView } from '../call/CallView';
import { useCall } from '../call/useCall';
import { useDebugHook } from '../call/useDebugHook';
import { useLocalMedia } from '../media/useLocalMedia';
import { remember } from '../recent';
import { navigate } from '../router';
import type { Login } from '../session';
import { Ended, type Ending } from './Ended';
import { PreJoin } from './PreJoin';

type MeetingProps = { id: string; login: Login; onLogout: () => void };

const endingOf = (error: unknown): Ending => {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: 'UNKNOWN', message: error instanceof Error ? error.message : String(error) };
};

export function Meeting({ id, login, onLogout }: MeetingProps) {
  const media = useLocalMedia();
  const { setOn: setMediaOn, start: startMedia, stop: stopMedia } = media;
  const call = useCall(useCallback((kind, muted) => setMediaOn(kind, !muted), [setMediaOn]));
  const { join: joinCall, leave: leaveCall, setOn: setCallOn } = call;
  const [info, setInfo] = useState<MeetingInfo | null>(null);
  const [ending, setEnding] = useState<Ending | null>(null);
  const [joining, setJoining] = useState(false);
  useDebugHook();

  const load = useCallback(() => {
    getMeeting(id).then(setInfo, (error: unknown) => {
      // It is asked again and again: one answer that did not come is no reason to send anybody away.
      if (error instanceof ApiError && error.status === 404) setEnding(endingOf(error));
    });
  }, [id]);

  useEffect(load, [load]);
  useEffect(() => {
    void startMedia();
    return stopMedia;
  }, [startMedia, stopMedia]);

  useEffect(() => {
    if (!info) return;
    document.title = `${info.name} · Meetwell`;
    remember(info.id, info.name);
  }, [info]);

  // Whether I can be heard and seen: told to the others at joining and at each change.
  const on = { audio: media.on.audio && media.audio !== null, video: media.on.video && media.video !== null };
  const inCall = call.state === 'connected' || call.state === 'reconnecting';
  useEffect(() => {
    if (inCall) setCallOn('audio', on.audio);
  }, [inCall, on.audio, setCallOn]);
  useEffect(() => {
    if (inCall) setCallOn('video', on.video);
  }, [inCall, on.video, setCallOn]);

  const fatal = call.error?.fatal ? call.error : null;
  useEffect(() => {
    if (fatal) setEnding({ code: fatal.code, message: fatal.message });
  }, [fatal]);
  useEffect(() => {
    if (ending) stopMedia();
  }, [ending, stopMedia]);

  const join = async (): Promise<void> => {
    setJoining(true);
    setEnding(null);
    load();
    try {
      const ticket = await getTicket(login.session, id);
      const tracks = await startMedia();
      const live = (kind: string): boolean => tracks.some((track) => track.kind === kind && track.enabled);
      await joinCall(ticket, { name: login.user.name, audio: live('audio'), video: live('video') }, tracks);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return onLogout();
      setEnding(endingOf(error));
    } finally {
      setJoining(false);
    }
  };

  const leave = (): void => {
    leaveCall();
    setEnding({ code: 'LEFT', message: '' });
  };

  const name = info?.name ?? 'Meeting';
  if (ending) {
    const home = (): void => navigate();
    return <Ended ending={ending} meeting={name} userName={login.user.name} onRejoin={() => void join()} onHome={home} />;
  }
  if (inCall) return <CallView id={id} name={name} userName={login.user.name} call={call} media={media} onLeave={leave} />;
  return (
    <PreJoin
      info={info}
      userName={login.user.name}
      media={media}
      joining={joining || call.state === 'connecting'}
      onJoin={() => void join()}
      onRefresh={load}
      onLogout={onLogout}
    />
  );
}
