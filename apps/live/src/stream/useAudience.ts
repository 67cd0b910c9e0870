/** The stream's events, as they come. The browser reconnects by itself and asks for what it missed. */
import { useEffect, useState } from 'react';
import { eventsUrl } from '../api';
import { EVENT_NAMES, NO_AUDIENCE, applyEvent, type Audience } from './audience';

/** A stream that has no events (it never started, or ended long ago) is asked again after a while. */
const AGAIN_AFTER_MS = 5000;

export function useAudience(id: string): Audience {
  const [audience, setAudience] = useState(NO_AUDIENCE);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const source = new EventSource(eventsUrl(id));
    let timer: ReturnType<typeof setTimeout> | undefined;
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        setAudience((before) => applyEvent(before, name, event.data));
        if (name === 'room_ended') source.close();
      });
    }
    source.addEventListener('error', () => {
      // A refusal closes the source for good; anything else is tried again by the browser.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => setAttempt(attempt + 1), AGAIN_AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [id, attempt]);

  return audience;
}
