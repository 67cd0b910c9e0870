/** Microphone, camera and screen of the host. */
import { RoomEvent, type Room } from 'livekit-client';
import { useEffect, useState } from 'react';
import { ToggleButton } from '../../../demo-saas/src/ui/ToggleButton';
import { canShowScreen, problemOf } from '../stream/sources';

type HostControlsProps = { room: Room; onProblem: (problem: string | null) => void };

const CHANGES = [
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
] as const;

export function HostControls({ room, onProblem }: HostControlsProps) {
  const me = room.localParticipant;
  const [, redraw] = useState(0);

  useEffect(() => {
    const changed = (): void => redraw((count) => count + 1);
    for (const event of CHANGES) room.on(event, changed);
    return () => {
      for (const event of CHANGES) room.off(event, changed);
    };
  }, [room]);

  const tell = (source: 'camera' | 'screen') => (error: unknown) => {
    // Whoever closes the browser's own dialogue has changed their mind.
    const changedMind = source === 'screen' && error instanceof Error && error.name === 'NotAllowedError';
    onProblem(changedMind ? null : problemOf(error, source));
  };
  const { isMicrophoneEnabled: mic, isCameraEnabled: camera, isScreenShareEnabled: screen } = me;

  return (
    <div className="host-controls" role="group" aria-label="Your devices">
      <ToggleButton
        icon={mic ? 'mic' : 'mic-off'}
        label={mic ? 'Switch microphone off' : 'Switch microphone on'}
        look={mic ? 'plain' : 'off'}
        testId="toggle-mic"
        onClick={() => void me.setMicrophoneEnabled(!mic).catch(tell('camera'))}
      />
      <ToggleButton
        icon={camera ? 'camera' : 'camera-off'}
        label={camera ? 'Switch camera off' : 'Switch camera on'}
        look={camera ? 'plain' : 'off'}
        testId="toggle-camera"
        onClick={() => void me.setCameraEnabled(!camera).catch(tell('camera'))}
      />
      {canShowScreen() && (
        <ToggleButton
          icon="screen"
          label={screen ? 'Stop showing the screen' : 'Show the screen'}
          look={screen ? 'active' : 'plain'}
          testId="toggle-screen"
          onClick={() => void me.setScreenShareEnabled(!screen, { audio: true }).catch(tell('screen'))}
        />
      )}
    </div>
  );
}
