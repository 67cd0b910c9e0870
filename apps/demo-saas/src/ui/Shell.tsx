/** The frame around every page but the call itself. */
import type { ReactNode } from 'react';
import { navigate } from '../router';
import { initials } from '../words';

export function Logo() {
  return (
    <span className="logo">
      <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" fill="var(--brand)" />
        <path
          d="M7 22V11.6c0-1.5 1.9-2.2 2.8-1l6.2 7.7 6.2-7.7c.9-1.2 2.8-.5 2.8 1V22"
          fill="none"
          stroke="var(--brand-ink)"
          strokeWidth="3.2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Meetwell
    </span>
  );
}

type ShellProps = { userName?: string; onLogout?: () => void; children: ReactNode };

export function Shell({ userName, onLogout, children }: ShellProps) {
  const goHome = (event: React.MouseEvent): void => {
    event.preventDefault();
    navigate();
  };
  return (
    <div className="shell">
      <header className="shell-header">
        <a className="logo-link" href="/demo/" aria-label="Meetwell, home" onClick={goHome}>
          <Logo />
        </a>
        {userName !== undefined && (
          <div className="who">
            <span className="avatar avatar-small" aria-hidden="true">
              {initials(userName)}
            </span>
            <span className="who-name">{userName}</span>
            {onLogout && (
              <button type="button" className="link-button" onClick={onLogout}>
                Log out
              </button>
            )}
          </div>
        )}
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
