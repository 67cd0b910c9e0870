/**
 * A UDP line between a page and a media port of the server that can be cut: what is sent meanwhile is lost, and
 * nobody is told. A page takes it by `?media=<port>` (pages/probe.js).
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export class MediaLine {
  readonly #target: number;
  readonly #near = createSocket('udp4');
  /** A socket towards the server for each of the page's. */
  readonly #far = new Map<number, Socket>();
  #cut = false;

  private constructor(target: number) {
    this.#target = target;
    this.#near.on('message', (packet, { port }) => {
      if (!this.#cut) this.#towardsServer(port).send(packet, this.#target, '127.0.0.1');
    });
  }

  static async to(port: number): Promise<MediaLine> {
    const line = new MediaLine(port);
    line.#near.bind(0, '127.0.0.1');
    await once(line.#near, 'listening');
    return line;
  }

  get port(): number {
    return this.#near.address().port;
  }

  cut(): void {
    this.#cut = true;
  }

  mend(): void {
    this.#cut = false;
  }

  close(): void {
    for (const socket of [this.#near, ...this.#far.values()]) socket.close();
  }

  #towardsServer(page: number): Socket {
    const known = this.#far.get(page);
    if (known) return known;
    const far = createSocket('udp4');
    far.on('message', (packet) => {
      if (!this.#cut) this.#near.send(packet, page, '127.0.0.1');
    });
    this.#far.set(page, far);
    return far;
  }
}
