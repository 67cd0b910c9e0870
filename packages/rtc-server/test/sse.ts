/** Reads server-sent events of a response, one at a time. */
export type ServerSent = { name: string; id: string; data: string };
export type EventReader = { next(): Promise<ServerSent | undefined>; cancel(): Promise<void> };

export function readEvents(response: Response): EventReader {
  if (!response.body) throw new Error('no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  const next = async (): Promise<ServerSent | undefined> => {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        rest += value;
        continue;
      }
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('data') !== '') return { name: field('event'), id: field('id'), data: field('data') };
    }
  };
  return { next, cancel: () => reader.cancel() };
}
