/** What the stream's events say of it: whether it goes on, and how many watch. */
export type Audience = {
  status: 'UNKNOWN' | 'LIVE' | 'ENDED';
  viewerCount: number;
  peak: number;
  total: number;
  hostName: string | null;
};

export const NO_AUDIENCE: Audience = { status: 'UNKNOWN', viewerCount: 0, peak: 0, total: 0, hostName: null };

/** The names of the events that are listened to. */
export const EVENT_NAMES = ['state', 'room_started', 'viewer_count_update', 'room_ended'] as const;

/** What an event makes of what was known; one that cannot be read changes nothing. */
export function applyEvent(before: Audience, name: string, text: string): Audience {
  let data: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return before;
    data = parsed as Record<string, unknown>;
  } catch {
    return before;
  }
  const viewerCount = count(data.viewerCount, before.viewerCount);
  const next: Audience = {
    ...before,
    viewerCount,
    peak: Math.max(count(data.peakViewerCount, before.peak), viewerCount),
    total: Math.max(count(data.totalViewers, before.total), viewerCount),
    hostName: hostName(data.hostInfo) ?? before.hostName,
  };
  if (name === 'room_ended' || data.status === 'ENDED') return { ...next, status: 'ENDED', viewerCount: 0 };
  // What is over stays over, should a late count arrive.
  return before.status === 'ENDED' ? before : { ...next, status: 'LIVE' };
}

function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : otherwise;
}

function hostName(info: unknown): string | null {
  const name = (info as { displayName?: unknown } | null | undefined)?.displayName;
  return typeof name === 'string' && name !== '' ? name : null;
}
