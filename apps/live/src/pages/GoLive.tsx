/** Before going live: a title, what is shown, and a look at it. */
import type { LocalTrack } from 'livekit-client';
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import { Notice } from '../../../demo-saas/src/ui/Notice';
import { ApiError, createStream } from '../api';
import { canShowScreen, close, open, pictureOf, problemOf, type Source } from '../stream/sources';
import { NameField } from '../ui/NameField';
import { Picture } from '../ui/Picture';
import { Shell } from '../ui/Shell';
import { loadName, saveName, userId } from '../viewer';

type GoLiveProps = { onStarted: (streamId: string, tracks: LocalTrack[]) => void };

const SOURCES: { source: Source; label: string; hint: string }[] = [
  { source: 'camera', label: 'Camera', hint: 'and your microphone' },
  { source: 'screen', label: 'Screen', hint: 'a window or all of it' },
];

export function GoLive({ onStarted }: GoLiveProps) {
  const [name, setName] = useState(loadName);
  const [title, setTitle] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const preview = usePreview();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      saveName(name);
      const stream = await createStream(title.trim(), '', userId());
      onStarted(stream.id, preview.handOver());
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'Something went wrong here. Try again.');
      setBusy(false);
    }
  };

  const picture = pictureOf(preview.tracks);
  return (
    <Shell>
      <div className="go">
        <section className="preview" aria-label="Your picture">
          {picture ? (
            <Picture
              track={picture}
              label="What viewers will see"
              mirrored={preview.source === 'camera'}
              whole={preview.source === 'screen'}
              testId="preview"
            />
          ) : (
            <p className="preview-note">
              {preview.opening ? 'The browser may ask you to allow it.' : 'Choose what to show.'}
            </p>
          )}
        </section>
        <form className="card" onSubmit={(event) => void submit(event)}>
          <h1>Go live</h1>
          <label className="field">
            <span className="field-label">Title</span>
            <input
              className="input"
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              placeholder="Bread at five in the morning"
              maxLength={120}
              required
              autoFocus
              data-testid="title"
            />
          </label>
          <NameField value={name} onChange={setName} />
          <div className="field" role="group" aria-labelledby="shows">
            <span className="field-label" id="shows">
              You show
            </span>
            <div className="sources">
              {SOURCES.filter(({ source }) => source === 'camera' || canShowScreen()).map(({ source, label, hint }) => (
                <button
                  key={source}
                  type="button"
                  className="source"
                  aria-pressed={preview.source === source}
                  onClick={() => preview.choose(source)}
                  data-testid={`source-${source}`}
                >
                  <strong>{label}</strong>
                  <span className="hint">{hint}</span>
                </button>
              ))}
            </div>
          </div>
          {(preview.problem ?? problem) !== null && (
            <Notice tone="danger" title="That did not work" testId="error-banner">
              <p>{preview.problem ?? problem}</p>
            </Notice>
          )}
          <button
            className="button button-primary"
            disabled={busy || !picture || title.trim() === '' || name.trim() === ''}
            data-testid="start"
          >
            {busy ? 'Starting' : 'Go live'}
          </button>
        </form>
      </div>
    </Shell>
  );
}

/** What is open for the look beforehand. It is closed with the page, unless it was handed over to the stream. */
function usePreview() {
  const [source, setSource] = useState<Source | null>(null);
  const [tracks, setTracks] = useState<LocalTrack[]>([]);
  const [opening, setOpening] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const held = useRef<LocalTrack[]>([]);
  const generation = useRef(0);

  const hold = useCallback((next: LocalTrack[]) => {
    held.current = next;
    setTracks(next);
  }, []);

  const choose = useCallback(
    (wanted: Source) => {
      generation.current += 1;
      const mine = generation.current;
      setOpening(true);
      setProblem(null);
      open(wanted).then(
        (opened) => {
          if (mine !== generation.current) return close(opened);
          close(held.current);
          hold(opened);
          setSource(wanted);
          setOpening(false);
        },
        (error: unknown) => {
          if (mine !== generation.current) return;
          setProblem(problemOf(error, wanted));
          setOpening(false);
        },
      );
    },
    [hold],
  );

  const handOver = useCallback((): LocalTrack[] => {
    const given = held.current;
    held.current = [];
    return given;
  }, []);

  useEffect(
    () => () => {
      generation.current += 1;
      close(held.current);
      held.current = [];
    },
    [],
  );

  return { source, tracks, opening, problem, choose, handOver };
}
