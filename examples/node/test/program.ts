/** An example's program on a free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export type Program = { url: string; lines: string[]; stop(): Promise<void> };

const ROOT = resolve(import.meta.dirname, '..');

/** A port that nobody listens on: not every framework says which one it took for port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A command and its arguments that runs a TypeScript program. */
const ON_NODE = [process.execPath, '--import', 'tsx'];

export async function start(name: string, heartbeatMs: number, [command, ...args] = ON_NODE): Promise<Program> {
  const port = String(await freePort());
  const child: ChildProcess = spawn(command ?? process.execPath, [...args, `${name}/main.ts`, port, String(heartbeatMs)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const url = await new Promise<string>((listening, failed) => {
    child.once('exit', (code) => failed(new Error(`${name} ended with ${code}: ${lines.join('\n')}`)));
    createInterface(child.stdout as NodeJS.ReadableStream).on('line', (line) => {
      lines.push(line);
      const found = /^listening on (http:\S+)/.exec(line)?.[1];
      if (found) listening(found);
    });
  });
  // Not every framework says that it listens when it does.
  while (!(await fetch(`${url}/rooms`).then(() => true, () => false))) {
    await new Promise((later) => setTimeout(later, 20));
  }
  const stop = async (): Promise<void> => {
    child.removeAllListeners('exit');
    const gone = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await gone;
  };
  return { url, lines, stop };
}
