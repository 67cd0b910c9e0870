/** The frame around every page but the stream itself. */
import type { ReactNode } from 'react';
import { navigate } from '../router';

export function HomeLink() {
  const goHome = (event: React.MouseEvent): void => {
    event.preventDefault();
    navigate();
  };
  return (
    <a className="logo-link" href="/live/" aria-label="Onwell, home" onClick={goHome}>
      <span className="logo">
        <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="9" fill="var(--brand)" />
          <circle cx="16" cy="16" r="4" fill="var(--brand-ink)" />
          <path
            d="M9.2 9.2a9.6 9.6 0 0 0 0 13.6M22.8 9.2a9.6 9.6 0 0 1 0 13.6"
            fill="none"
            stroke="var(--brand-ink)"
            strokeWidth="3"
            strokeLinecap="round"
          />
        </svg>
        Onwell
      </span>
    </a>
  );
}

export function Shell({ action, children }: { action?: ReactNode; children: ReactNode }) {
  return (
    <div className="shell">
      <header className="shell-header">
        <HomeLink />
        {action}
      </header>
      <main className="shell-main">{children}</main>
      <footer className="shell-footer">
        <span>A demo built on rtc-platform.</span>
        <a href="/">Platform</a>
        <a href="/docs">API</a>
      </footer>
    </div>
  );
}

/** A page of one card: something is over, missing or in the way. */
export function CardPage({ eyebrow, title, text, children }: {
  eyebrow?: string | undefined;
  title: string;
  text: string;
  children: ReactNode;
}) {
  return (
    <Shell>
      <section className="card alone">
        {eyebrow !== undefined && <p className="eyebrow">{eyebrow}</p>}
        <h1>{title}</h1>
        <p className="lead">{text}</p>
        <div className="actions">{children}</div>
      </section>
    </Shell>
  );
}
