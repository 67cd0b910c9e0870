/**
 * The pictures. One other person: large, with the own picture in a corner. More: a grid. A shared screen takes the
 * stage.
 */
import type { CSSProperties } from 'react';
import type { LocalMedia } from '../media/useLocalMedia';
import { ShareLink } from '../ui/ShareLink';
import { useStream } from '../ui/useStream';
import { Video } from '../ui/Video';
import { Tile } from './Tile';
import type { Call, Person } from './useCall';

/** Others who are seen below a shared screen; the rest are only heard. */
const STRIP_MAX = 4;
const CROWD_MIN = 7;

type StageProps = { id: string; userName: string; call: Call; media: LocalMedia };

export function Stage({ id, userName, call, media }: StageProps) {
  const own = useStream(media.video);
  // One screen has the stage: that of whoever joined last, where several share.
  const shown = call.people.flatMap((person) => screenOf(person) ?? []).at(-1);
  const presenting = shown !== undefined || call.screen !== null;
  const layout = presenting ? 'present' : call.people.length === 0 ? 'alone' : call.people.length === 1 ? 'pair' : 'grid';

  const count = call.people.length + 1;
  const onStage = presenting ? strip(call) : call.people;
  const style = { '--people': onStage.length + 1, '--columns': columns(count), '--columns-narrow': columnsNarrow(count) };

  return (
    <div
      className={`stage stage-${layout}${count >= CROWD_MIN ? ' stage-crowd' : ''}`}
      data-count={count}
      style={style as CSSProperties}
    >
      {shown && (
        <figure className="tile tile-screen">
          <Video
            stream={shown.stream}
            label={`Screen of ${shown.person.name}`}
            testId="remote-screen"
            userId={shown.person.userId}
          />
          <figcaption className="tile-name">
            <span className="tile-label">{shown.person.name} is presenting</span>
          </figcaption>
        </figure>
      )}
      {!shown && call.screen && <OwnScreen call={call} />}
      {call.people.map((person) => (
        <Tile
          key={person.userId}
          name={person.name}
          stream={cameraOf(person)}
          audio={person.audio}
          video={person.video}
          speaking={call.speaker === person.userId}
          quality={person.quality}
          userId={person.userId}
          offstage={!onStage.includes(person)}
        />
      ))}
      <Tile
        name={userName}
        stream={own}
        audio={media.audio !== null && media.on.audio}
        video={media.video !== null && media.on.video}
        speaking={call.speaker !== null && call.speaker === call.userId}
        own
      />
      {layout === 'alone' && (
        <section className="card invite">
          <h2>You are the first one here</h2>
          <p>Send the link to the others. They appear as soon as they join.</p>
          <ShareLink id={id} />
        </section>
      )}
    </div>
  );
}

/** Near a square of pictures that are wider than high. */
const columns = (count: number): number => Math.ceil(Math.sqrt(count));

/** On a phone held upright. */
const columnsNarrow = (count: number): number => (count <= 3 ? 1 : count <= 8 ? 2 : 3);

/** Who is seen below a screen: the first, and whoever speaks. Nobody changes place, so that no picture starts anew. */
function strip({ people, speaker }: Call): readonly Person[] {
  const shown = people.slice(0, STRIP_MAX);
  const speaking = people.find(({ userId }) => userId === speaker);
  return speaking && !shown.includes(speaking) ? [...shown.slice(0, -1), speaking] : shown;
}

function OwnScreen({ call }: { call: Call }) {
  return (
    <section className="tile tile-screen own-screen">
      <h2>You are sharing your screen</h2>
      <p>The others see it now.</p>
      <button type="button" className="button button-quiet" onClick={() => void call.screen?.stop()}>
        Stop sharing
      </button>
    </section>
  );
}

/** Camera and microphone of a user share one stream, so the sound is in it too. */
function cameraOf({ user }: Person): MediaStream | null {
  return user.tracks.find(({ source }) => source === 'camera' || source === 'microphone')?.stream ?? null;
}

function screenOf(person: Person): { person: Person; stream: MediaStream } | null {
  const screen = person.user.tracks.find(({ source }) => source === 'screen');
  return screen ? { person, stream: screen.stream } : null;
}
