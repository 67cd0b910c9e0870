/** One stream: a name first, then the picture and the chat, and the end. */
import type { LocalTrack } from 'livekit-client';
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError, getStream, type Livestream } from '../api';
import { navigate } from '../router';
import { useAudience } from '../stream/useAudience';
import { useRoom, type Ending } from '../stream/useRoom';
import { NameField } from '../ui/NameField';
import { CardPage, Shell } from '../ui/Shell';
import { loadName, saveName, userId } from '../viewer';
import { adviceFor, since, viewers, watching } from '../words';
import { OnAir } from './OnAir';

type StreamProps = { id: string; tracks: LocalTrack[] };

export function Stream({ id, tracks }: StreamProps) {
  const [stream, setStream] = useState<Livestream | null>(null);
  const [missing, setMissing] = useState<Ending | null>(null);
  const audience = useAudience(id);
  const session = useRoom(id);
  const isHost = stream?.createdBy === userId();
  const { join, phase } = session;

  useEffect(() => {
    let current = true;
    getStream(id).then(
      (found) => current && setStream(found),
      (error: unknown) => {
        const { code, message } = error instanceof ApiError ? error : { code: 'UNKNOWN', message: '' };
        if (current) setMissing({ code, message });
      },
    );
    return () => {
      current = false;
    };
  }, [id]);

  useEffect(() => {
    if (stream) document.title = `${stream.title} · Onwell`;
  }, [stream]);

  // A host who comes from the form has said all there is to say.
  const comesWithTracks = tracks.length > 0;
  useEffect(() => {
    if (stream && isHost && comesWithTracks && phase === 'idle') {
      void join({ id: userId(), name: loadName() }, 'HOST', tracks);
    }
  }, [stream, isHost, comesWithTracks, phase, join, tracks]);

  if (missing) return <Over ending={missing} onAgain={() => location.reload()} />;
  if (!stream) return <Shell>{null}</Shell>;
  const isOver = stream.status === 'ENDED' || stream.status === 'ERROR' || audience.status === 'ENDED';
  if (isOver || session.ending?.code === 'ENDED') {
    return <Ended stream={stream} peak={audience.peak} isHost={isHost} />;
  }
  if (session.ending) {
    // What the host opened is shown again, unless it was closed meanwhile.
    const open = tracks.filter(({ mediaStreamTrack }) => mediaStreamTrack.readyState === 'live');
    const again = (): void => void join({ id: userId(), name: loadName() }, isHost ? 'HOST' : 'VIEWER', open);
    return <Over ending={session.ending} title={stream.title} onAgain={again} />;
  }
  if (phase === 'idle' && !(isHost && comesWithTracks)) {
    return (
      <Door
        stream={stream}
        count={audience.viewerCount}
        isHost={isHost}
        onEnter={(name) => void join({ id: userId(), name }, isHost ? 'HOST' : 'VIEWER', [])}
      />
    );
  }
  return <OnAir stream={stream} session={session} audience={audience} isHost={isHost} />;
}

type DoorProps = { stream: Livestream; count: number; isHost: boolean; onEnter: (name: string) => void };

/** Who comes in. The press of the button is also what lets the browser play sound. */
function Door({ stream, count, isHost, onEnter }: DoorProps) {
  const [name, setName] = useState(loadName);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    saveName(name);
    onEnter(name.trim());
  };
  return (
    <Shell>
      <form className="card alone" onSubmit={submit}>
        <p className="eyebrow">
          <span className="badge-live">Live</span> {watching(count)}
        </p>
        <h1>{stream.title}</h1>
        {stream.description && <p className="lead">{stream.description}</p>}
        <NameField value={name} onChange={setName} autoFocus />
        <button className="button button-primary" disabled={name.trim() === ''} data-testid="enter">
          {isHost ? 'Go on with your stream' : 'Watch'}
        </button>
        {isHost && <p className="hint">You started this stream. Switch camera and microphone on once you are back.</p>}
      </form>
    </Shell>
  );
}

function Ended({ stream, peak, isHost }: { stream: Livestream; peak: number; isHost: boolean }) {
  const { title, text } = adviceFor(isHost ? 'ENDED_BY_YOU' : 'ENDED', '');
  const [from, to] = [stream.startedAt, stream.endedAt ?? new Date().toISOString()];
  const facts = [from !== null && since(Date.parse(from), Date.parse(to)), peak > 0 && `${viewers(peak)} at most`];
  return (
    <div data-testid="ended">
      <CardPage eyebrow={stream.title} title={title} text={text}>
        <p className="hint ended-facts">{facts.filter(Boolean).join(' · ')}</p>
        <button type="button" className="button button-primary" onClick={() => navigate()} data-testid="home">
          See who is live
        </button>
      </CardPage>
    </div>
  );
}

function Over({ ending, title, onAgain }: { ending: Ending; title?: string; onAgain: () => void }) {
  const advice = adviceFor(ending.code, ending.message);
  return (
    <div role="alert" data-testid="error-banner" data-code={ending.code}>
      <CardPage eyebrow={title} title={advice.title} text={advice.text}>
        {advice.again !== null && (
          <button type="button" className="button button-primary" onClick={onAgain} data-testid="again">
            {advice.again}
          </button>
        )}
        <button type="button" className={`button ${advice.again === null ? 'button-primary' : 'button-quiet'}`} onClick={() => navigate()}>
          See who is live
        </button>
      </CardPage>
    </div>
  );
}
