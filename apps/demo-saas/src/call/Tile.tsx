/** One person: the picture or initials, the name, and what is off. */
import type { NetworkQuality } from '@rtc-platform/sdk';
import { Icon } from '../ui/Icon';
import { Video } from '../ui/Video';
import { initials } from '../words';
import { QualityBars } from './ConnectionBadge';

type TileProps = {
  name: string;
  stream: MediaStream | null;
  audio: boolean;
  video: boolean;
  speaking: boolean;
  quality?: NetworkQuality;
  userId?: string;
  own?: boolean;
  offstage?: boolean;
};

export function Tile({ name, stream, audio, video, speaking, quality, userId = '', own = false, offstage = false }: TileProps) {
  const seen = video && (stream?.getVideoTracks().length ?? 0) > 0;
  const label = own ? 'You' : name;
  const classes = ['tile', own && 'tile-own', speaking && 'tile-speaking', offstage && 'tile-offstage'];
  return (
    <figure className={classes.filter(Boolean).join(' ')} data-testid="tile" data-speaking={speaking}>
      {own ? (
        stream && <Video stream={stream} muted mirrored hidden={!seen} label="Your camera" testId="local-video" />
      ) : (
        // Stays when the picture is off: the sound comes out of it. One's own is muted so as not to hear oneself.
        <Video stream={stream} hidden={!seen} label={`Camera of ${name}`} testId="remote-video" userId={userId} />
      )}
      {!seen && (
        <div className="tile-off">
          <span className="avatar avatar-large" aria-hidden="true">
            {initials(name)}
          </span>
        </div>
      )}
      <figcaption className="tile-name">
        {!audio && (
          <span className="tile-muted" role="img" aria-label="Microphone off">
            <Icon name="mic-off" size={15} />
          </span>
        )}
        <span className="tile-label">{label}</span>
        {quality && quality !== 'good' && <QualityBars quality={quality} who={name} />}
      </figcaption>
    </figure>
  );
}
