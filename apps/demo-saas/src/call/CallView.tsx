/** The call page: who is seen, how the connection does, and the controls. */
import { useEffect, useRef, useState } from 'react';
import type { DeviceKind } from '../media/problems';
import { describeProblem } from '../media/problems';
import type { LocalMedia } from '../media/useLocalMedia';
import { DevicePicker } from '../ui/DevicePicker';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { ToggleButton } from '../ui/ToggleButton';
import { ConnectionBadge } from './ConnectionBadge';
import { SidePanel } from './SidePanel';
import { Stage } from './Stage';
import type { Call } from './useCall';

type CallViewProps = {
  id: string;
  name: string;
  userName: string;
  call: Call;
  media: LocalMedia;
  onLeave: () => void;
};

const WIDE = '(min-width: 1000px)';

export function CallView({ id, name, userName, call, media, onLeave }: CallViewProps) {
  const [panelOpen, setPanelOpen] = useState(() => matchMedia(WIDE).matches);
  const [seen, setSeen] = useState(0);
  const devices = useRef<HTMLDialogElement>(null);
  const unread = panelOpen ? 0 : call.chatLines.filter(({ own }) => !own).length - seen;

  useEffect(() => {
    if (panelOpen) setSeen(call.chatLines.filter(({ own }) => !own).length);
  }, [panelOpen, call.chatLines]);

  // A panel beside the pictures becomes one before them when the window gets narrow: then it makes way.
  useEffect(() => {
    const wide = matchMedia(WIDE);
    const follow = (): void => setPanelOpen(wide.matches);
    wide.addEventListener('change', follow);
    return () => wide.removeEventListener('change', follow);
  }, []);

  const pick = async (kind: DeviceKind, deviceId: string | null): Promise<void> => {
    const before = media[kind];
    const track = await media.pick(kind, deviceId);
    if (track) await call.swap(before, track);
  };
  const toggle = (kind: DeviceKind): void => {
    if (media[kind]) return media.setOn(kind, !media.on[kind]);
    // There is no device yet: somebody who joined without one may have plugged it in or allowed it since.
    media.setOn(kind, true);
    void pick(kind, null);
  };

  return (
    <div className={`call${panelOpen ? ' call-with-panel' : ''}`}>
      <header className="call-header">
        <h1>{name}</h1>
        <ConnectionBadge state={call.state} own={call.quality} people={call.people} />
      </header>
      <Banners call={call} media={media} />
      <p className="visually-hidden" role="status">
        {call.people.length === 0 ? 'You are alone in the meeting.' : `With you: ${call.people.map((p) => p.name).join(', ')}.`}
      </p>
      <main className="call-main">
        <Stage id={id} userName={userName} call={call} media={media} />
        {panelOpen && <SidePanel userName={userName} call={call} media={media} onClose={() => setPanelOpen(false)} />}
      </main>
      <Controls
        call={call}
        media={media}
        unread={unread}
        panelOpen={panelOpen}
        onToggle={toggle}
        onDevices={() => devices.current?.showModal()}
        onPanel={() => setPanelOpen(!panelOpen)}
        onLeave={onLeave}
      />
      <dialog ref={devices} className="dialog" aria-labelledby="devices-title">
        <h2 id="devices-title">Camera and microphone</h2>
        <DevicePicker media={media} onPick={(kind, deviceId) => void pick(kind, deviceId)} />
        <button type="button" className="button button-primary" onClick={() => devices.current?.close()}>
          Done
        </button>
      </dialog>
    </div>
  );
}

function Banners({ call, media }: { call: Call; media: LocalMedia }) {
  // A lost line is told by the state, as long as it lasts.
  const error = call.error?.code === 'CONNECTION_LOST' ? null : call.error;
  const problem = media.problem && { code: media.problem.code, ...describeProblem(media.problem) };
  return (
    <div className="banners">
      {call.state === 'reconnecting' && (
        <div className="banner banner-warn" role="status" data-testid="reconnecting-banner">
          <span className="spinner" aria-hidden="true" />
          The line to Meetwell dropped. Reconnecting: picture and sound go on meanwhile.
        </div>
      )}
      {error && !error.fatal && (
        <div className="banner banner-danger" role="alert" data-testid="error-banner" data-code={error.code}>
          <Icon name="alert" size={18} />
          <span>{error.message}</span>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => call.setError(null)}>
            <Icon name="close" size={18} />
          </button>
        </div>
      )}
      {problem && (
        <Notice tone="warn" title={problem.title} testId="device-problem" code={problem.code}>
          <p>{problem.text}</p>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={media.dismissProblem}>
            <Icon name="close" size={18} />
          </button>
        </Notice>
      )}
    </div>
  );
}

type ControlsProps = {
  call: Call;
  media: LocalMedia;
  unread: number;
  panelOpen: boolean;
  onToggle: (kind: DeviceKind) => void;
  onDevices: () => void;
  onPanel: () => void;
  onLeave: () => void;
};

function Controls({ call, media, unread, panelOpen, onToggle, onDevices, onPanel, onLeave }: ControlsProps) {
  const hears = media.audio !== null && media.on.audio;
  const sees = media.video !== null && media.on.video;
  const canShare = 'getDisplayMedia' in (navigator.mediaDevices ?? {});
  const share = (): void => void (call.screen ? call.screen.stop() : call.shareScreen());
  return (
    <nav className="controls" aria-label="Call controls">
      <ToggleButton
        icon={hears ? 'mic' : 'mic-off'}
        label={hears ? 'Mute microphone' : 'Unmute microphone'}
        look={hears ? 'plain' : 'off'}
        testId="toggle-mic"
        onClick={() => onToggle('audio')}
      />
      <ToggleButton
        icon={sees ? 'camera' : 'camera-off'}
        label={sees ? 'Switch camera off' : 'Switch camera on'}
        look={sees ? 'plain' : 'off'}
        testId="toggle-camera"
        onClick={() => onToggle('video')}
      />
      {canShare && (
        <ToggleButton
          icon="screen"
          label={call.screen ? 'Stop sharing the screen' : 'Share the screen'}
          look={call.screen ? 'active' : 'plain'}
          testId="toggle-screen"
          onClick={share}
        />
      )}
      <ToggleButton icon="sliders" label="Choose camera and microphone" testId="open-devices" onClick={onDevices} />
      <ToggleButton
        icon="chat"
        label={panelOpen ? 'Hide chat and people' : 'Show chat and people'}
        look={panelOpen ? 'active' : 'plain'}
        testId="chat-toggle"
        badge={unread}
        expanded={panelOpen}
        onClick={onPanel}
      />
      <button type="button" className="leave" onClick={onLeave} data-testid="leave">
        <Icon name="leave" size={22} />
        <span>Leave</span>
      </button>
    </nav>
  );
}
