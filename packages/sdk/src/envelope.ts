/**
 * What SDKs tell each other in a peer-to-peer room: data messages whose payload is `{ "$rtc": … }`. The page never
 * sees them.
 */
import type { MediaKind } from '@rtc-platform/shared';
import type { TrackSource } from './types.js';

/** What one page tells another about its media. */
export interface MediaNote {
  /** The source of the track in each section (`mid`) of the description, where it is not the usual one. */
  sources: Record<string, TrackSource>;
  muted: MediaKind[];
}

const SOURCES: readonly unknown[] = ['camera', 'microphone', 'screen', 'screen-audio'];

export function isSource(source: unknown): source is TrackSource {
  return SOURCES.includes(source);
}

/** The payload of a note. */
export function wrapNote(note: MediaNote): { $rtc: MediaNote } {
  return { $rtc: note };
}

/** Whether a payload is for the SDK. */
export function isNote(payload: unknown): payload is { $rtc: unknown } {
  return typeof payload === 'object' && payload !== null && '$rtc' in payload;
}

/** Reads a note as far as it can be understood: another page may send anything. */
export function readNote({ $rtc }: { $rtc: unknown }): MediaNote {
  const { sources, muted } = ($rtc ?? {}) as { sources?: unknown; muted?: unknown };
  const entries = Object.entries((sources ?? {}) as Record<string, unknown>);
  return {
    sources: Object.fromEntries(entries.filter(([, source]) => isSource(source))) as MediaNote['sources'],
    muted: Array.isArray(muted) ? muted.filter((kind) => kind === 'audio' || kind === 'video') : [],
  };
}
