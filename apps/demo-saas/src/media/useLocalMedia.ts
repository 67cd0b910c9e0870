/** The own camera and microphone, from the preview through the call. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { capture, listDevices, type Choice } from './capture';
import type { DeviceKind, MediaProblem } from './problems';

export type LocalMedia = {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  on: Record<DeviceKind, boolean>;
  problem: MediaProblem | null;
  starting: boolean;
  devices: MediaDeviceInfo[];
  /** Opens the devices that are not open yet; gives all that are open then. */
  start: () => Promise<MediaStreamTrack[]>;
  stop: () => void;
  setOn: (kind: DeviceKind, on: boolean) => void;
  dismissProblem: () => void;
  /** Switches to another device (null: any); gives the new track, or null when it did not open. */
  pick: (kind: DeviceKind, deviceId: string | null) => Promise<MediaStreamTrack | null>;
};

type Tracks = Record<DeviceKind, MediaStreamTrack | null>;
const NONE: Tracks = { audio: null, video: null };
const KINDS: DeviceKind[] = ['audio', 'video'];

export function useLocalMedia(): LocalMedia {
  const [tracks, setTracks] = useState<Tracks>(NONE);
  const [on, setOnState] = useState({ audio: true, video: true });
  const [problem, setProblem] = useState<MediaProblem | null>(null);
  const [starting, setStarting] = useState(true);
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  // What is open right now, for callbacks that outlive a render, and a count that tells a late answer from a wanted one.
  const open = useRef<Tracks>(NONE);
  const wanted = useRef({ ...on, generation: 0 });
  const choice = useRef<Choice>({ audio: null, video: null });

  const adopt = useCallback((track: MediaStreamTrack) => {
    const kind = track.kind as DeviceKind;
    track.enabled = wanted.current[kind];
    open.current = { ...open.current, [kind]: track };
    track.addEventListener('ended', () => {
      if (open.current[kind] !== track) return;
      open.current = { ...open.current, [kind]: null };
      setTracks(open.current);
      setProblem({ code: 'MISSING', kinds: [kind] });
    });
    setTracks(open.current);
  }, []);

  const start = useCallback(async () => {
    const { generation } = wanted.current;
    setStarting(true);
    const captured = await capture(
      KINDS.filter((kind) => open.current[kind] === null),
      choice.current,
    );
    if (generation !== wanted.current.generation) {
      for (const track of captured.tracks) track.stop();
      return [];
    }
    captured.tracks.forEach(adopt);
    setProblem(captured.problem);
    setDevices(await listDevices());
    setStarting(false);
    return [open.current.audio, open.current.video].filter((track) => track !== null);
  }, [adopt]);

  const stop = useCallback(() => {
    wanted.current.generation += 1;
    open.current.audio?.stop();
    open.current.video?.stop();
    open.current = NONE;
    setTracks(NONE);
  }, []);

  const setOn = useCallback((kind: DeviceKind, value: boolean) => {
    wanted.current[kind] = value;
    const track = open.current[kind];
    if (track) track.enabled = value;
    setOnState((before) => ({ ...before, [kind]: value }));
  }, []);

  const pick = useCallback(
    async (kind: DeviceKind, deviceId: string | null) => {
      choice.current[kind] = deviceId;
      const before = open.current[kind];
      const { tracks: opened, problem: failed } = await capture([kind], choice.current);
      const track = opened[0] ?? null;
      setProblem(failed);
      if (track) {
        adopt(track);
        before?.stop();
      }
      return track;
    },
    [adopt],
  );

  const dismissProblem = useCallback(() => setProblem(null), []);

  useEffect(() => {
    const media: MediaDevices | undefined = navigator.mediaDevices;
    const refresh = (): void => void listDevices().then(setDevices);
    media?.addEventListener('devicechange', refresh);
    return () => media?.removeEventListener('devicechange', refresh);
  }, []);

  return { ...tracks, on, problem, starting, devices, start, stop, setOn, dismissProblem, pick };
}
