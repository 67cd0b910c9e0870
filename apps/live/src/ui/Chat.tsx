/** What people say while they watch. */
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Icon } from '../../../demo-saas/src/ui/Icon';
import { CHARS_MAX, type Line } from '../stream/chat';

type ChatProps = { lines: Line[]; open: boolean; onSend: (text: string) => Promise<boolean> };

export function Chat({ lines, open, onSend }: ChatProps) {
  const [text, setText] = useState('');
  const [failed, setFailed] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const follows = useRef(true);

  useEffect(() => {
    // New lines come into view, unless the reader has scrolled up to older ones.
    if (list.current && follows.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (text.trim() === '') return;
    follows.current = true;
    const sent = await onSend(text);
    setFailed(!sent);
    if (sent) setText('');
  };

  return (
    <section className="chat" aria-label="Chat">
      <ol
        ref={list}
        className="chat-lines"
        aria-live="polite"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {lines.length === 0 && <li className="hint">Nobody has said anything yet.</li>}
        {lines.map((line) => (
          <li key={line.id} className="chat-line" data-testid="chat-line">
            <strong className={line.host ? 'chat-host' : undefined}>{line.own ? 'You' : line.from}</strong> {line.text}
          </li>
        ))}
      </ol>
      <form className="chat-form" onSubmit={(event) => void submit(event)}>
        <input
          className="input"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={open ? 'Say something' : 'One moment'}
          aria-label="Your message"
          maxLength={CHARS_MAX}
          disabled={!open}
          enterKeyHint="send"
          data-testid="chat-input"
        />
        <button className="button button-primary" disabled={!open || text.trim() === ''} aria-label="Send" data-testid="chat-send">
          <Icon name="send" size={18} />
        </button>
      </form>
      {failed && <p className="field-problem">That was not sent. Try again.</p>}
    </section>
  );
}
