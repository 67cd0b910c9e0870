/** Chat lines on their way in and out. */
import { expect, it } from 'vitest';
import { CHARS_MAX, decodeLine, encodeLine, tidy, withLine, type Line } from './chat';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('a line comes out as it went in', () => {
  expect(decodeLine(encodeLine('Grüße 👋'))).toBe('Grüße 👋');
});

it('what is no chat line is left aside', () => {
  for (const packet of [bytes(''), bytes('null'), bytes('[]'), bytes('{"type":"chat"}'), bytes('{"type":"x","text":"a"}')]) {
    expect(decodeLine(packet)).toBeNull();
  }
  expect(decodeLine(new Uint8Array([0xff, 0xfe]))).toBeNull();
});

it('a line is one line, and not longer than allowed', () => {
  expect(tidy('  a\n\tb\u0007 ')).toBe('a b');
  expect(tidy(' \n ')).toBeNull();
  expect([...(tidy('👋'.repeat(CHARS_MAX + 1)) ?? '')]).toHaveLength(CHARS_MAX);
});

it('the oldest lines go', () => {
  let lines: Line[] = [];
  for (let n = 1; n <= 250; n += 1) lines = withLine(lines, { from: 'Ana', text: String(n), own: false, host: false });
  expect([lines.length, lines[0]?.text, lines[199]?.text, lines[199]?.id]).toEqual([200, '51', '250', 250]);
});
