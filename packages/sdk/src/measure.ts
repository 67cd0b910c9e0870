/** What the browser's statistics of a link say (W3C `RTCStatsReport`): round trip, loss, loudness. */
import type { NetworkQuality } from './types.js';

/** One look at a link. Packets count from the beginning of the link. */
export interface Sample {
  roundTripTimeMs: number | null;
  packetsReceived: number;
  packetsLost: number;
  /** The share of what this page sends that the other side misses, as it reports, 0 to 1. */
  outgoingLoss: number;
  /** How loud the other user is, 0 to 1. */
  remoteLevel: number;
  /** How loud the user of this page is, 0 to 1. */
  localLevel: number;
}

/** Thresholds follow what people notice in conversation: ITU-T G.114 for delay, about 2 % and 8 % for loss. */
const OK_ROUND_TRIP_MS = 300;
const POOR_ROUND_TRIP_MS = 600;
const OK_LOSS = 0.02;
const POOR_LOSS = 0.08;

type Entry = Record<string, unknown>;

/** Reads a report; what a browser does not measure is 0. */
export function sampleOf(report: RTCStatsReport): Sample {
  const sample: Sample = {
    roundTripTimeMs: null,
    packetsReceived: 0,
    packetsLost: 0,
    outgoingLoss: 0,
    remoteLevel: 0,
    localLevel: 0,
  };
  report.forEach((entry: Entry) => {
    if (
      entry['type'] === 'candidate-pair' &&
      (entry['nominated'] || entry['selected']) &&
      entry['state'] === 'succeeded'
    ) {
      const seconds = entry['currentRoundTripTime'];
      if (typeof seconds === 'number') sample.roundTripTimeMs = seconds * 1_000;
    } else if (entry['type'] === 'inbound-rtp') {
      sample.packetsReceived += number(entry['packetsReceived']);
      sample.packetsLost += number(entry['packetsLost']);
      sample.remoteLevel = Math.max(sample.remoteLevel, number(entry['audioLevel']));
    } else if (entry['type'] === 'remote-inbound-rtp') {
      sample.outgoingLoss = Math.max(sample.outgoingLoss, number(entry['fractionLost']));
    } else if (entry['type'] === 'media-source') {
      sample.localLevel = Math.max(sample.localLevel, number(entry['audioLevel']));
    }
  });
  return sample;
}

/** The share of packets lost between two looks, 0 to 1. Late packets can make the count of lost ones fall. */
export function lossBetween(before: Sample | undefined, now: Sample): number {
  const lost = Math.max(0, now.packetsLost - (before?.packetsLost ?? 0));
  const received = Math.max(0, now.packetsReceived - (before?.packetsReceived ?? 0));
  return lost + received > 0 ? lost / (lost + received) : 0;
}

/** What the figures mean to the user. */
export function qualityOf(roundTripTimeMs: number | null, loss: number): NetworkQuality {
  const delay = roundTripTimeMs ?? 0;
  if (delay > POOR_ROUND_TRIP_MS || loss > POOR_LOSS) return 'poor';
  return delay > OK_ROUND_TRIP_MS || loss > OK_LOSS ? 'ok' : 'good';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
