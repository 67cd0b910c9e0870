/** The stream while it goes on: the stage, what the host can do, and the chat. */
import { useState } from 'react';
import { Icon } from '../../../demo-saas/src/ui/Icon';
import { ApiError, endStream, type Livestream } from '../api';
import { streamPath } from '../router';
import type { Audience } from '../stream/audience';
import type { Session } from '../stream/useRoom';
import { Chat } from '../ui/Chat';
import { HostControls } from '../ui/HostControls';
import { Picture } from '../ui/Picture';
import { HomeLink } from '../ui/Shell';
import { userId } from '../viewer';
import { watching } from '../words';

type OnAirProps = { stream: Livestream; session: Session; audience: Audience; isHost: boolean };

export function OnAir({ stream, session, audience, isHost }: OnAirProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const { phase, pictures, room, lines } = session;
  const host = audience.hostName !== null && audience.hostName !== stream.title ? audience.hostName : null;

  const end = async (): Promise<void> => {
    if (!confirm('End the stream for everybody?')) return;
    await endStream(stream.id, userId()).catch((error: unknown) => {
      setProblem(error instanceof ApiError ? error.message : 'The stream could not be ended. Try again.');
    });
  };

  return (
    <div className="air">
      <header className="air-header">
        <HomeLink />
        {isHost ? (
          <button type="button" className="button button-danger" onClick={() => void end()} data-testid="end">
            End stream
          </button>
        ) : (
          <button type="button" className="button button-quiet" onClick={session.leave} data-testid="leave">
            Leave
          </button>
        )}
      </header>
      <main className="air-main">
        <section className="stage" aria-label="The stream">
          {pictures.main ? (
            <Picture
              key={pictures.main.sid ?? 'main'}
              track={pictures.main}
              label={host === null ? 'The stream' : `${host}, live`}
              mirrored={isHost && !pictures.mainIsScreen}
              whole
              testId="stage-video"
            />
          ) : (
            <p className="stage-note">{phase === 'joining' ? 'Joining' : isHost ? 'You show nothing at the moment' : 'The host shows nothing at the moment'}</p>
          )}
          {pictures.inset && (
            <div className="stage-inset">
              <Picture track={pictures.inset} label="The host's camera" mirrored={isHost} />
            </div>
          )}
          <div className="stage-top">
            <span className="badge-live">Live</span>
            <span className="pill-glass" data-testid="viewer-count" data-count={audience.viewerCount}>
              <Icon name="people" size={16} />
              <span aria-live="off">{watching(audience.viewerCount)}</span>
            </span>
          </div>
          {phase === 'reconnecting' && (
            <p className="stage-banner" role="status" data-testid="reconnecting">
              The connection was interrupted. Trying to bring it back.
            </p>
          )}
          {session.isSilenced && (
            <button
              type="button"
              className="button button-primary stage-sound"
              onClick={() => void room?.startAudio()}
              data-testid="sound-on"
            >
              <Icon name="mic" size={18} />
              Switch sound on
            </button>
          )}
        </section>
        <section className="about">
          <div className="about-text">
            <h1>{stream.title}</h1>
            {host !== null && <p className="hint">{host}</p>}
          </div>
          <CopyLink id={stream.id} />
        </section>
        {problem !== null && (
          <p className="field-problem air-problem" role="alert" data-testid="error-banner">
            {problem}
          </p>
        )}
        {isHost && room && <HostControls room={room} onProblem={setProblem} />}
        <Chat lines={lines} open={phase === 'live'} onSend={session.send} />
      </main>
    </div>
  );
}

function CopyLink({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    const link = location.origin + streamPath(id);
    // The clipboard is missing on addresses that are not secure.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    if (!clipboard) return void prompt('The link to this stream', link);
    await clipboard.writeText(link).then(
      () => setCopied(true),
      () => void prompt('The link to this stream', link),
    );
  };
  return (
    <button type="button" className="button button-quiet" onClick={() => void copy()} data-testid="copy-link">
      <Icon name={copied ? 'check' : 'copy'} size={18} />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy link'}</span>
    </button>
  );
}
