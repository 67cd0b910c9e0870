/** What other pages send is checked before it is shown. */
import { describe, expect, it } from 'vitest';
import { CHAT_CHARS_MAX, fallbackName, parseMessage } from './messages';

describe('a message from another page', () => {
  it('is taken when it is a hello or a chat line', () => {
    expect(parseMessage({ type: 'hello', name: ' Ana ', audio: true, video: false })).toEqual({
      type: 'hello',
      name: 'Ana',
      audio: true,
      video: false,
    });
    expect(parseMessage({ type: 'chat', text: 'hi' })).toEqual({ type: 'chat', text: 'hi' });
  });

  it.each([null, undefined, 'hello', 7, [], { type: 'hello' }, { type: 'hello', name: '  ' }, { type: 'chat', text: 1 }])(
    'is ignored when it is %j',
    (data) => {
      expect(parseMessage(data)).toBeNull();
    },
  );

  it('is cut to the length that the page shows', () => {
    expect(parseMessage({ type: 'chat', text: 'x'.repeat(5000) })).toMatchObject({ text: 'x'.repeat(CHAT_CHARS_MAX) });
    expect(parseMessage({ type: 'hello', name: 'n'.repeat(500) })).toMatchObject({ name: 'n'.repeat(60) });
  });
});

it('somebody without a name is called by a part of the id', () => {
  expect(fallbackName('u_4f9k2m8x1a')).toBe('Guest 4f9k');
});
