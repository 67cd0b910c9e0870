/** History routing for three addresses: the list, going live, and a stream. */
import { useSyncExternalStore } from 'react';

const BASE = '/live/';

export type Route = { page: 'browse' } | { page: 'go' } | { page: 'stream'; id: string } | { page: 'unknown' };

export function parsePath(pathname: string): Route {
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname.replace(/^\//, '');
  if (path === '' || path === 'live') return { page: 'browse' };
  if (/^go\/?$/.test(path)) return { page: 'go' };
  const id = /^s\/([\w-]+)\/?$/.exec(path)?.[1];
  return id === undefined ? { page: 'unknown' } : { page: 'stream', id };
}

export const streamPath = (id: string): string => `${BASE}s/${id}`;
export const GO_PATH = `${BASE}go`;

export function navigate(path: string = BASE): void {
  history.pushState(null, '', path + location.search);
  dispatchEvent(new PopStateEvent('popstate'));
  scrollTo(0, 0);
}

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  return () => removeEventListener('popstate', onChange);
}

export function useRoute(): Route {
  return parsePath(useSyncExternalStore(subscribe, () => location.pathname));
}
