/** Before the call: see yourself, choose devices, see who is there. */
import { useEffect, type CSSProperties } from 'react';
import type { Meeting } from '../api';
import { describeProblem, type DeviceKind } from '../media/problems';
import type { LocalMedia } from '../media/useLocalMedia';
import { useMicLevel } from '../media/useMicLevel';
import { DevicePicker } from '../ui/DevicePicker';
import { Notice } from '../ui/Notice';
import { Shell } from '../ui/Shell';
import { ToggleButton } from '../ui/ToggleButton';
import { useStream } from '../ui/useStream';
import { Video } from '../ui/Video';
import { initials, presence } from '../words';

type PreJoinProps = {
  info: Meeting | null;
  userName: string;
  media: LocalMedia;
  joining: boolean;
  onJoin: () => void;
  onRefresh: () => void;
  onLogout: () => void;
};

const PRESENCE_EVERY_MS = 5000;

export function PreJoin({ info, userName, media, joining, onJoin, onRefresh, onLogout }: PreJoinProps) {
  useEffect(() => {
    const timer = setInterval(onRefresh, PRESENCE_EVERY_MS);
    return () => clearInterval(timer);
  }, [onRefresh]);

  const problem = media.problem && { code: media.problem.code, ...describeProblem(media.problem) };
  const nothingToPick = media.audio === null && media.video === null && problem?.code !== 'BUSY';
  const full = info !== null && info.participants >= info.maxParticipants;
  return (
    <Shell userName={userName} onLogout={onLogout}>
      <div className="prejoin">
        <Preview media={media} userName={userName} />
        <section className="prejoin-side">
          <p className="eyebrow">You are about to join</p>
          <h1>{info?.name ?? ' '}</h1>
          <p className="presence" aria-live="polite">
            {info && (full ? 'Every seat is taken right now' : presence(info.participants))}
          </p>
          {problem && (
            <Notice tone="warn" title={problem.title} testId="device-problem" code={problem.code}>
              <p>
                {problem.text} {problem.without}
              </p>
              <button type="button" className="button button-quiet" onClick={() => void media.start()}>
                Try again
              </button>
            </Notice>
          )}
          {!(problem && nothingToPick) && (
            <DevicePicker media={media} onPick={(kind, deviceId) => void media.pick(kind, deviceId)} />
          )}
          <button
            type="button"
            className="button button-primary button-wide"
            disabled={joining}
            onClick={onJoin}
            data-testid="prejoin-join"
          >
            {joining ? 'Joining' : media.audio || media.video || media.starting ? 'Join now' : 'Join without camera and microphone'}
          </button>
        </section>
      </div>
    </Shell>
  );
}

function Preview({ media, userName }: { media: LocalMedia; userName: string }) {
  const stream = useStream(media.video);
  const level = useMicLevel(media.on.audio ? media.audio : null);
  const toggle = (kind: DeviceKind): void => {
    if (media[kind]) return media.setOn(kind, !media.on[kind]);
    media.setOn(kind, true);
    void media.start();
  };
  const hears = media.audio !== null && media.on.audio;
  const showsVideo = media.video !== null && media.on.video;
  return (
    <section className="preview" aria-label="Your picture">
      <div className="tile">
        {stream && <Video stream={stream} muted mirrored hidden={!showsVideo} label="Your camera" testId="local-video" />}
        {!showsVideo && (
          <div className="tile-off">
            <span className="avatar avatar-large" aria-hidden="true">
              {initials(userName)}
            </span>
            <p>{previewText(media)}</p>
          </div>
        )}
        <div className="preview-controls">
          <span className="mic-level" style={{ '--level': level } as CSSProperties}>
            <ToggleButton
              icon={hears ? 'mic' : 'mic-off'}
              label={hears ? 'Switch microphone off' : 'Switch microphone on'}
              look={hears ? 'plain' : 'off'}
              testId="toggle-mic"
              onClick={() => toggle('audio')}
            />
          </span>
          <ToggleButton
            icon={showsVideo ? 'camera' : 'camera-off'}
            label={showsVideo ? 'Switch camera off' : 'Switch camera on'}
            look={showsVideo ? 'plain' : 'off'}
            testId="toggle-camera"
            onClick={() => toggle('video')}
          />
        </div>
      </div>
    </section>
  );
}

function previewText(media: LocalMedia): string {
  if (media.starting) return 'Starting your camera. The browser may ask you to allow it.';
  return media.video ? 'Your camera is off' : 'No picture from you';
}
