/** Server-sent events (HTML standard, section 9.2) of a response. */

/** One event. */
export interface ServerSentEvent {
  name: string;
  /** The last id that was given, by this event or one before. */
  id: string;
  data: string;
}

/** The most characters of one event; a server that sends more is none of ours. */
const EVENT_CHARS_MAX = 1024 * 1024;

/** Ends with the response, or when it is aborted. Leaving the loop cancels the response. */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  // A `fetch` that somebody brings may know nothing of signals.
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
  const decoder = new TextDecoder();
  const parser = new Parser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.take(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

class Parser {
  #rest = '';
  #name = '';
  #id = '';
  #data: string[] = [];

  *take(text: string): Generator<ServerSentEvent> {
    this.#rest += text;
    if (this.#rest.length > EVENT_CHARS_MAX) throw new Error('a server-sent event is too large');
    // A carriage return at the end may be half of a line break.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else if (this.#data.length > 0) yield this.#event();
      else this.#name = '';
    }
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#name = value;
    else if (name === 'id') this.#id = value;
    else if (name === 'data') this.#data.push(value);
  }

  #event(): ServerSentEvent {
    const event = { name: this.#name || 'message', id: this.#id, data: this.#data.join('\n') };
    this.#name = '';
    this.#data = [];
    return event;
  }
}
