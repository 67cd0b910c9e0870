/** The meetings that this browser saw last, newest first. A convenience of the page: the backend keeps no list. */
export type RecentMeeting = { id: string; name: string; at: number };

const KEY = 'meetwell.recent';
const KEPT_MAX = 5;

export function withMeeting(list: RecentMeeting[], meeting: RecentMeeting): RecentMeeting[] {
  return [meeting, ...list.filter(({ id }) => id !== meeting.id)].slice(0, KEPT_MAX);
}

export function loadRecent(): RecentMeeting[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? (list as RecentMeeting[]) : [];
  } catch {
    return [];
  }
}

export function remember(id: string, name: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withMeeting(loadRecent(), { id, name, at: Date.now() })));
  } catch {
    // Storage is off: nothing is remembered.
  }
}
