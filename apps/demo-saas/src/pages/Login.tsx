/** The mock login: a name is enough. */
import { useEffect, useState, type FormEvent } from 'react';
import { ApiError, getMeeting, login } from '../api';
import type { Login as LoggedIn } from '../session';
import { Notice } from '../ui/Notice';
import { Shell } from '../ui/Shell';

type LoginProps = { meetingId: string | null; onLogin: (login: LoggedIn) => void };

export function Login({ meetingId, onLogin }: LoginProps) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [invitation, setInvitation] = useState<string | null>(null);

  useEffect(() => {
    if (meetingId === null) return;
    let current = true;
    // Only a courtesy here: that a meeting does not exist is said on its own page, after the login.
    getMeeting(meetingId).then(
      (meeting) => current && setInvitation(meeting.name),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [meetingId]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onLogin(await login(name));
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'Something went wrong here. Try again.');
      setBusy(false);
    }
  };

  return (
    <Shell>
      <div className="welcome">
        <section className="pitch">
          {meetingId === null ? (
            <>
              <h1>A link is all a meeting needs.</h1>
              <p className="lead">Name it, send the link, talk. Nothing to install and no account to make.</p>
              <ol className="steps">
                <li>Give the meeting a name</li>
                <li>Send its link to the others</li>
                <li>Look yourself over, then join</li>
              </ol>
            </>
          ) : (
            <>
              <p className="eyebrow">You are invited to</p>
              <h1>{invitation ?? 'a meeting'}</h1>
              <p className="lead">Say who you are. Camera and microphone come next, and you can leave them off.</p>
            </>
          )}
        </section>
        <form className="card login" onSubmit={(event) => void submit(event)}>
          <h2>{meetingId === null ? 'Come in' : 'Your name, please'}</h2>
          <label className="field">
            <span className="field-label">Your name</span>
            <input
              className="input"
              value={name}
              onChange={(event) => setName(event.target.value)}
              placeholder="Ana Ruiz"
              autoComplete="name"
              maxLength={60}
              required
              autoFocus
              data-testid="login-name"
            />
          </label>
          {problem !== null && (
            <Notice tone="danger" title="That did not work" testId="error-banner">
              <p>{problem}</p>
            </Notice>
          )}
          <button className="button button-primary" disabled={busy || name.trim() === ''} data-testid="login-submit">
            {busy ? 'One moment' : 'Continue'}
          </button>
          <p className="hint">This is a demo: the name is not checked, and each tab is a login of its own.</p>
        </form>
      </div>
    </Shell>
  );
}
