/** How the connection does: its state in a word, and the weakest link to another person as bars. */
import type { ConnectionState, NetworkQuality } from '@rtc-platform/sdk';
import type { Person } from './useCall';

const STATES: Record<ConnectionState, string> = {
  idle: 'Not connected',
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  disconnected: 'Disconnected',
  failed: 'Failed',
};

const BARS: Record<NetworkQuality, { bars: number; text: string }> = {
  good: { bars: 3, text: 'good' },
  ok: { bars: 2, text: 'fair' },
  poor: { bars: 1, text: 'poor' },
  lost: { bars: 0, text: 'no signal' },
};

export function weakest(qualities: readonly NetworkQuality[]): NetworkQuality | null {
  const order: NetworkQuality[] = ['lost', 'poor', 'ok', 'good'];
  return order.find((quality) => qualities.includes(quality)) ?? null;
}

export function QualityBars({ quality, who }: { quality: NetworkQuality; who: string }) {
  const { bars, text } = BARS[quality];
  const label = `Connection to ${who}: ${text}`;
  return (
    <span className={`quality quality-${quality}`} role="img" aria-label={label} title={label} data-testid="network-quality">
      {[1, 2, 3].map((bar) => (
        <span key={bar} className={bar <= bars ? 'bar bar-on' : 'bar'} />
      ))}
    </span>
  );
}

type ConnectionBadgeProps = { state: ConnectionState; own: NetworkQuality; people: readonly Person[] };

export function ConnectionBadge({ state, own, people }: ConnectionBadgeProps) {
  // In a group each tile tells of its person's line, and this of one's own.
  const group = people.length > 1;
  const quality = group ? own : weakest(people.map((person) => person.quality));
  return (
    <div className="connection">
      {quality && state === 'connected' && <QualityBars quality={quality} who={group ? 'the meeting' : 'the others'} />}
      <span className={`pill pill-${state}`} role="status" data-testid="connection-state" data-state={state}>
        {STATES[state]}
      </span>
    </div>
  );
}
