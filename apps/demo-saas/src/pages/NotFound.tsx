/** An address that leads nowhere. */
import { Shell } from '../ui/Shell';

export function NotFound({ onHome }: { onHome: () => void }) {
  return (
    <Shell>
      <section className="card ended">
        <h1>There is nothing at this address</h1>
        <p className="lead">The link may be incomplete. Ask for it again, or start a meeting of your own.</p>
        <button type="button" className="button button-primary" onClick={onHome}>
          Go to Meetwell
        </button>
      </section>
    </Shell>
  );
}
