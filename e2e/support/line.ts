/** A TCP line between a page and the server that can be cut. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Line {
  #server: Server;
  #target: number;
  #sockets = new Set<Socket>();
  #cut = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#join(socket));
  }

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    await new Promise<void>((listening) => line.#server.listen(0, '127.0.0.1', listening));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks what is connected, without a goodbye, and what tries to connect. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#cut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    if (this.#cut) return void near.resetAndDestroy();
    const far = connect(this.#target, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('data', (chunk) => other.write(chunk));
      socket.on('error', () => other.resetAndDestroy());
      socket.on('end', () => other.end());
      socket.on('close', () => this.#sockets.delete(socket));
    }
  }
}
