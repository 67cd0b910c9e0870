/** Who is live now. */
import { useCallback, useEffect, useState } from 'react';
import { Icon } from '../../../demo-saas/src/ui/Icon';
import { Notice } from '../../../demo-saas/src/ui/Notice';
import { ApiError, getState, listLive, type Livestream, type StreamState } from '../api';
import { GO_PATH, navigate, streamPath } from '../router';
import { Shell } from '../ui/Shell';
import { since, watching } from '../words';

const REFRESH_EVERY_MS = 5000;
/** Counts are asked for stream by stream; the ones further down the list go without. */
const COUNTED_MAX = 12;

type Card = { stream: Livestream; state: StreamState | null };

async function load(): Promise<Card[]> {
  const streams = await listLive();
  const states = await Promise.all(
    streams.slice(0, COUNTED_MAX).map(({ id }) => getState(id).catch(() => null)),
  );
  return streams.map((stream, index) => ({ stream, state: states[index] ?? null }));
}

export function Browse() {
  const [cards, setCards] = useState<Card[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const refresh = useCallback(() => {
    load().then(
      (loaded) => {
        setCards(loaded);
        setProblem(null);
      },
      (error: unknown) => setProblem(error instanceof ApiError ? error.message : 'Something went wrong here.'),
    );
  }, []);

  useEffect(() => {
    refresh();
    const timer = setInterval(refresh, REFRESH_EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);

  return (
    <Shell action={<GoLiveLink />}>
      <div className="browse">
        <h1>Live now</h1>
        {problem !== null && (
          <Notice tone="danger" title="The list could not be loaded" testId="error-banner">
            <p>{problem}</p>
            <button type="button" className="button button-quiet" onClick={refresh}>
              Try again
            </button>
          </Notice>
        )}
        {cards === null && problem === null && <p className="lead">Looking who is live</p>}
        {cards?.length === 0 && <Nobody />}
        <ul className="cards">
          {cards?.map((card) => (
            <li key={card.stream.id}>
              <StreamCard {...card} />
            </li>
          ))}
        </ul>
      </div>
    </Shell>
  );
}

function GoLiveLink() {
  return (
    <a
      className="button button-primary"
      href={GO_PATH}
      data-testid="go-live"
      onClick={(event) => {
        event.preventDefault();
        navigate(GO_PATH);
      }}
    >
      <Icon name="camera" size={18} />
      Go live
    </a>
  );
}

function Nobody() {
  return (
    <section className="card nobody" data-testid="nobody-live">
      <h2>Nobody is live at the moment</h2>
      <p className="hint">Be the first: press “Go live”, show your camera or your screen, and send the link around.</p>
    </section>
  );
}

function StreamCard({ stream, state }: Card) {
  const path = streamPath(stream.id);
  const host = state?.hostInfo?.displayName;
  const started = stream.startedAt === null ? null : Date.parse(stream.startedAt);
  return (
    <a
      className="card stream-card"
      href={path}
      data-testid="stream-card"
      onClick={(event) => {
        event.preventDefault();
        navigate(path);
      }}
    >
      <span className="badge-live">Live</span>
      <h2>{stream.title}</h2>
      {stream.description && <p className="stream-description">{stream.description}</p>}
      <p className="hint stream-facts">
        {[
          host !== undefined && host !== stream.title && host,
          state && watching(state.viewerCount),
          started !== null && `for ${since(started, Date.now())}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </a>
  );
}
