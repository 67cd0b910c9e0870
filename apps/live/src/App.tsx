/** Which page is shown. */
import type { LocalTrack } from 'livekit-client';
import { useEffect, useState } from 'react';
import { Browse } from './pages/Browse';
import { GoLive } from './pages/GoLive';
import { Stream } from './pages/Stream';
import { navigate, streamPath, useRoute } from './router';
import { CardPage } from './ui/Shell';

/** What the host opened before the stream began, on its way to the stream's page. */
type Opening = { streamId: string; tracks: LocalTrack[] };

export function App() {
  const route = useRoute();
  const [opening, setOpening] = useState<Opening | null>(null);

  useEffect(() => {
    if (route.page !== 'stream') document.title = 'Onwell';
  }, [route.page]);

  switch (route.page) {
    case 'browse':
      return <Browse />;
    case 'go':
      return (
        <GoLive
          onStarted={(streamId, tracks) => {
            setOpening({ streamId, tracks });
            navigate(streamPath(streamId));
          }}
        />
      );
    case 'stream': {
      const tracks = opening?.streamId === route.id ? opening.tracks : [];
      return <Stream key={route.id} id={route.id} tracks={tracks} />;
    }
    case 'unknown':
      return (
        <CardPage title="There is nothing at this address" text="The link may be incomplete. Ask for it again.">
          <button type="button" className="button button-primary" onClick={() => navigate()}>
            See who is live
          </button>
        </CardPage>
      );
  }
}
