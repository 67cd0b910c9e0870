/** Make a meeting, share it, or go to one that is there. */
import { useState, type FormEvent } from 'react';
import { ApiError, createMeeting, type NewMeeting as Made } from '../api';
import { loadRecent, remember } from '../recent';
import { meetingIdIn, meetingPath, navigate } from '../router';
import type { Login } from '../session';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { ShareLink } from '../ui/ShareLink';
import { Shell } from '../ui/Shell';

type DashboardProps = { login: Login; onLogout: () => void };

export function Dashboard({ login, onLogout }: DashboardProps) {
  const [created, setCreated] = useState<Made | null>(null);
  const [recent] = useState(loadRecent);

  return (
    <Shell userName={login.user.name} onLogout={onLogout}>
      <div className="dashboard">
        <h1>Hello, {login.user.name.split(' ')[0]}</h1>
        {created ? (
          <Created meeting={created} onAnother={() => setCreated(null)} />
        ) : (
          <NewMeeting session={login.session} onCreated={setCreated} onLogout={onLogout} />
        )}
        <div className="dashboard-row">
          <JoinByLink />
          <section className="card">
            <h2>Lately</h2>
            {recent.length === 0 && <p className="hint">Meetings that you make or visit are listed here.</p>}
            <ul className="recent">
              {recent.map(({ id, name, at }) => (
                <li key={id}>
                  <button type="button" className="recent-item" onClick={() => navigate(meetingPath(id))}>
                    <span className="recent-name">{name}</span>
                    <span className="recent-when">{whenText(at)}</span>
                    <Icon name="arrow" size={18} />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        </div>
      </div>
    </Shell>
  );
}

function whenText(at: number): string {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

type NewMeetingProps = {
  session: string;
  onCreated: (meeting: Made) => void;
  onLogout: () => void;
};

/** How many can meet. Two send pictures and sound to each other; a group sends them through the platform. */
const SIZES = [
  { seats: 16, testId: 'size-group', label: 'Group', hint: 'Up to 16 people' },
  { seats: 2, testId: 'size-pair', label: 'One to one', hint: 'You and one other' },
] as const;

function NewMeeting({ session, onCreated, onLogout }: NewMeetingProps) {
  const [name, setName] = useState('');
  const [seats, setSeats] = useState<number>(SIZES[0].seats);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const meeting = await createMeeting(session, name, seats);
      remember(meeting.id, meeting.name);
      onCreated(meeting);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return onLogout();
      setProblem(error instanceof ApiError ? error.message : 'Something went wrong here. Try again.');
      setBusy(false);
    }
  };

  return (
    <form className="card new-meeting" onSubmit={(event) => void submit(event)}>
      <h2>New meeting</h2>
      <div className="inline-form">
        <label className="field">
          <span className="field-label">What is it about?</span>
          <input
            className="input"
            value={name}
            onChange={(event) => setName(event.target.value)}
            placeholder="Weekly catch-up"
            maxLength={120}
            required
            autoFocus
            data-testid="meeting-name"
          />
        </label>
        <button className="button button-primary" disabled={busy || name.trim() === ''} data-testid="create-meeting">
          {busy ? 'One moment' : 'Create meeting'}
        </button>
      </div>
      <fieldset className="sizes">
        <legend className="field-label">Who meets?</legend>
        {SIZES.map((size) => (
          <label key={size.seats} className="size">
            <input
              type="radio"
              name="size"
              checked={seats === size.seats}
              onChange={() => setSeats(size.seats)}
              data-testid={size.testId}
            />
            <span className="size-label">{size.label}</span>
            <span className="hint">{size.hint}</span>
          </label>
        ))}
      </fieldset>
      {problem !== null && (
        <Notice tone="danger" title="The meeting was not created" testId="error-banner">
          <p>{problem}</p>
        </Notice>
      )}
    </form>
  );
}

function Created({ meeting, onAnother }: { meeting: Made; onAnother: () => void }) {
  return (
    <section className="card created" aria-live="polite">
      <p className="eyebrow">Ready</p>
      <h2>{meeting.name}</h2>
      <p>
        {meeting.maxParticipants === 2
          ? 'Send this link to the person you want to see.'
          : `Send this link to the people you want to see. Up to ${meeting.maxParticipants} can meet.`}
      </p>
      <ShareLink id={meeting.id} />
      <div className="actions">
        <button
          type="button"
          className="button button-primary"
          autoFocus
          data-testid="open-meeting"
          onClick={() => navigate(meetingPath(meeting.id))}
        >
          Go to the meeting
        </button>
        <button type="button" className="button button-ghost" onClick={onAnother}>
          Make another
        </button>
      </div>
    </section>
  );
}

function JoinByLink() {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const id = meetingIdIn(text);
    setWrong(id === null);
    if (id !== null) navigate(meetingPath(id));
  };

  return (
    <form className="card" onSubmit={submit} noValidate>
      <h2>Got a link?</h2>
      <label className="field">
        <span className="field-label">Meeting link</span>
        <input
          className="input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Paste it here"
          aria-invalid={wrong}
          aria-describedby={wrong ? 'link-problem' : undefined}
        />
      </label>
      {wrong && (
        <p className="field-problem" id="link-problem" role="alert">
          That is not a Meetwell link. It looks like …/demo/m/abc123.
        </p>
      )}
      <button className="button button-quiet" disabled={text.trim() === ''}>
        Open
      </button>
    </form>
  );
}
