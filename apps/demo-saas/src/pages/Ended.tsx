/** The call is over, or could not begin: why, and what to do. */
import { Shell } from '../ui/Shell';
import { adviceFor } from '../words';

export type Ending = { code: string; message: string };

type EndedProps = {
  ending: Ending;
  meeting: string;
  userName: string;
  onRejoin: () => void;
  onHome: () => void;
};

export function Ended({ ending, meeting, userName, onRejoin, onHome }: EndedProps) {
  const { title, text, rejoin } = adviceFor(ending.code, ending.message);
  const asError = ending.code === 'LEFT' ? {} : { role: 'alert', 'data-testid': 'error-banner', 'data-code': ending.code };
  return (
    <Shell userName={userName}>
      <section className="card ended">
        <p className="eyebrow">{meeting}</p>
        <div {...asError}>
          <h1>{title}</h1>
          <p className="lead">{text}</p>
        </div>
        <div className="actions">
          {rejoin !== null && (
            <button type="button" className="button button-primary" autoFocus onClick={onRejoin} data-testid="rejoin">
              {rejoin}
            </button>
          )}
          <button type="button" className={`button ${rejoin === null ? 'button-primary' : 'button-ghost'}`} onClick={onHome}>
            Back to my meetings
          </button>
        </div>
      </section>
    </Shell>
  );
}
