/** Who is here, and the chat. */
import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { LocalMedia } from '../media/useLocalMedia';
import { Icon } from '../ui/Icon';
import { initials } from '../words';
import { QualityBars } from './ConnectionBadge';
import { CHAT_CHARS_MAX } from './messages';
import type { Call, Person } from './useCall';

type SidePanelProps = { userName: string; call: Call; media: LocalMedia; onClose: () => void };

export function SidePanel({ userName, call, media, onClose }: SidePanelProps) {
  return (
    <aside
      className="panel"
      aria-label="People and chat"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header className="panel-header">
        <h2>People ({call.people.length + 1})</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <ul className="people">
        <li>
          <PersonRow name={userName} own audio={media.audio !== null && media.on.audio} host={call.host !== null} />
        </li>
        {call.people.map((person) => (
          <li key={person.userId} data-testid="person">
            <PersonRow name={person.name} audio={person.audio} host={person.user.role === 'host'} />
            <QualityBars quality={person.quality} who={person.name} />
            {call.host && <HostActions person={person} host={call.host} />}
          </li>
        ))}
      </ul>
      <Chat call={call} />
    </aside>
  );
}

type PersonRowProps = { name: string; audio: boolean; host: boolean; own?: boolean };

function PersonRow({ name, audio, host, own = false }: PersonRowProps) {
  return (
    <>
      <span className="avatar avatar-small" aria-hidden="true">
        {initials(name)}
      </span>
      <span className="person-name">{own ? `${name} (you)` : name}</span>
      {host && <span className="tag">Host</span>}
      {!audio && (
        <span className="muted-mark" role="img" aria-label="Microphone off">
          <Icon name="mic-off" size={16} />
        </span>
      )}
    </>
  );
}

/** What the platform lets a host do. Somebody who was muted may unmute; somebody who was removed may come back. */
function HostActions({ person, host }: { person: Person; host: NonNullable<Call['host']> }) {
  const { userId, name, audio } = person;
  const mute = `Mute ${name}`;
  const remove = `Remove ${name} from the meeting`;
  return (
    <>
      {audio && (
        <button
          type="button"
          className="icon-button"
          aria-label={mute}
          title={mute}
          data-testid="mute-user"
          onClick={() => host.mute(userId)}
        >
          <Icon name="mic" size={18} />
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label={remove}
        title={remove}
        data-testid="kick-user"
        onClick={() => host.remove(userId)}
      >
        <Icon name="remove" size={18} />
      </button>
    </>
  );
}

function Chat({ call }: { call: Call }) {
  const [text, setText] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const { chatLines } = call;

  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [chatLines.length]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    call.chat(text.trim());
    setText('');
  };

  return (
    <section className="chat" aria-label="Chat">
      <h2>Chat</h2>
      <ol className="chat-lines" ref={list} role="log" aria-live="polite" tabIndex={0} aria-label="Messages">
        {chatLines.length === 0 && <li className="hint">Messages are seen by everyone here now, and kept nowhere.</li>}
        {chatLines.map(({ name, text: line, own }, index) => (
          <li key={index} className={own ? 'chat-line chat-own' : 'chat-line'} data-testid="chat-message">
            <span className="chat-name">{name}</span>
            <span className="chat-text">{line}</span>
          </li>
        ))}
      </ol>
      <form className="chat-form" onSubmit={submit}>
        <input
          className="input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Write to everyone"
          aria-label="Message"
          maxLength={CHAT_CHARS_MAX}
          autoComplete="off"
          data-testid="chat-input"
        />
        <button className="round round-send" aria-label="Send" disabled={text.trim() === ''} data-testid="chat-send">
          <Icon name="send" />
        </button>
      </form>
    </section>
  );
}
