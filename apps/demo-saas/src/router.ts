/** History routing for two addresses: the dashboard and a meeting. */
import { useSyncExternalStore } from 'react';

const BASE = '/demo/';

export type Route = { page: 'home' } | { page: 'meeting'; id: string } | { page: 'unknown' };

export function parsePath(pathname: string): Route {
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname.replace(/^\//, '');
  if (path === '' || path === 'demo') return { page: 'home' };
  const id = /^m\/([\w-]+)\/?$/.exec(path)?.[1];
  return id === undefined ? { page: 'unknown' } : { page: 'meeting', id };
}

export const meetingPath = (id: string): string => `${BASE}m/${id}`;

/** The meeting's id in a pasted link, a path or a bare id. */
export function meetingIdIn(text: string): string | null {
  const trimmed = text.trim();
  return /\/m\/([\w-]+)/.exec(trimmed)?.[1] ?? /^[\w-]{8,}$/.exec(trimmed)?.[0] ?? null;
}

export function navigate(path: string = BASE): void {
  history.pushState(null, '', path + location.search);
  dispatchEvent(new PopStateEvent('popstate'));
}

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  return () => removeEventListener('popstate', onChange);
}

export function useRoute(): Route {
  return parsePath(useSyncExternalStore(subscribe, () => location.pathname));
}
