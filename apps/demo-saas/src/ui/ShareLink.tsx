/** A meeting's link with a copy button. */
import { useEffect, useRef, useState } from 'react';
import { meetingPath } from '../router';
import { Icon } from './Icon';

export function ShareLink({ id }: { id: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const link = location.origin + meetingPath(id);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async (): Promise<void> => {
    field.current?.select();
    // The clipboard is missing on addresses that are not secure; the selected text can be copied by hand then.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    await clipboard?.writeText(link).then(
      () => setCopied(true),
      () => undefined,
    );
  };

  return (
    <div className="share">
      <input
        ref={field}
        className="input share-field"
        readOnly
        value={link}
        aria-label="Link to the meeting"
        data-testid="share-link"
        onFocus={(event) => event.target.select()}
      />
      <button type="button" className="button button-quiet" onClick={() => void copy()}>
        <Icon name={copied ? 'check' : 'copy'} size={18} />
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
