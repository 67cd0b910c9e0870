/** The real server: `rtc-platform dev` on free ports with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

const TARGET = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target');
const BINARY = process.env.RTC_PLATFORM_BIN ?? resolve(TARGET, 'debug/rtc-platform');

/** How often a start is tried whose ports are taken. */
const STARTS = 3;

export type Room = { id: string; maxParticipants: number; participants: number };
export type Ticket = { token: string; jti: string; roomId: string; userId: string; url: string };
export type Seat = { socketId: string; userId: string; connected: boolean; muted: string[] };

/** A token signed with HS256. */
export function jwt(claims: object, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export class Platform {
  readonly url: string;
  #process: ChildProcess;
  #dataDir: string;
  #jwtSecret: string;
  #output: string[];

  private constructor(
    readonly port: number,
    started: ChildProcess,
    dataDir: string,
    jwtSecret: string,
    output: string[],
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.#process = started;
    this.#dataDir = dataDir;
    this.#jwtSecret = jwtSecret;
    this.#output = output;
  }

  /** `origins`: pages of a customer that may use it; `host`: the addresses that it listens on; `more`: its environment. */
  static async start(origins: string[] = [], host = '127.0.0.1', more: Record<string, string> = {}): Promise<Platform> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await Platform.#startOnce(origins, host, more);
      } catch (error) {
        // Somebody else was given the port meanwhile, such as another server's media worker.
        if (attempt === STARTS || !/port \d+ is taken/.test(String(error))) throw error;
      }
    }
  }

  static async #startOnce(origins: string[], host: string, more: Record<string, string>): Promise<Platform> {
    const [port = 0, signaling, extra] = await freePorts(3);
    const dataDir = await mkdtemp(join(tmpdir(), 'rtc-e2e-'));
    const jwtSecret = randomBytes(32).toString('hex');
    const output: string[] = [];
    const started = spawn(BINARY, ['dev'], {
      env: {
        PATH: process.env.PATH,
        HOST: host,
        PORT: String(port),
        SIGNALING_PORT: String(signaling),
        EXTRA_PORTS: String(extra),
        DATA_DIR: dataDir,
        JWT_SECRET: jwtSecret,
        CLIENT_URL: origins.join(','),
        // Everything runs on this machine: no STUN server is asked.
        ICE_SERVERS: '',
        ...more,
      },
      cwd: dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): unknown => output.push(chunk.toString());
    started.stdout.on('data', keep);
    started.stderr.on('data', keep);
    const platform = new Platform(port, started, dataDir, jwtSecret, output);
    await until('the server answers /health', async () => {
      if (started.exitCode !== null) throw new Error(`the server ended:\n${output.join('')}`);
      return (await fetch(`${platform.url}/health`).catch(() => null))?.ok;
    });
    return platform;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output.join('');
  }

  async stop(): Promise<void> {
    const gone = this.#process.exitCode === null ? once(this.#process, 'exit') : null;
    this.#process.kill('SIGTERM');
    await gone;
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  createRoom(name: string, maxParticipants = 2, topology = 'p2p'): Promise<Room> {
    return this.#ask('POST', '/rooms', { name, maxParticipants, topology });
  }

  token(roomId: string, userId: string, role = 'participant'): Promise<Ticket> {
    return this.#ask('POST', `/rooms/${roomId}/token`, { userId, role });
  }

  seats(roomId: string): Promise<Seat[]> {
    return this.#ask('GET', `/rooms/${roomId}/participants`);
  }

  async seat(roomId: string, userId: string): Promise<Seat | undefined> {
    return (await this.seats(roomId)).find((seat) => seat.userId === userId);
  }

  async kick(roomId: string, userId: string): Promise<void> {
    await this.#ask('DELETE', `/rooms/${roomId}/participants/${userId}`);
  }

  /** The secret of the tenant `dev`. */
  async appSecret(): Promise<string> {
    return (await readFile(join(this.#dataDir, 'dev-app-secret'), 'utf8')).trim();
  }

  /** A LiveKit access token, as a tenant's backend signs it with its app secret. */
  async accessToken(identity: string, video: object, more: object = {}): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + 3600;
    return jwt({ iss: 'dev', sub: identity, exp, video, ...more }, await this.appSecret());
  }

  /** A call of LiveKit's room API. */
  async twirp<T>(method: string, video: object, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await this.accessToken('', video)}` };
    const url = `${this.url}/twirp/livekit.RoomService/${method}`;
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method}: ${response.status} ${JSON.stringify(answer)}`);
    return answer as T;
  }

  /** A token as the server signs them, that ran out a minute ago. */
  expiredToken(roomId: string, userId: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { jti: randomBytes(8).toString('hex'), appId: 'dev', roomId, userId, role: 'participant' };
    return jwt({ ...claims, iat: now - 120, exp: now - 60 }, this.#jwtSecret);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const request: RequestInit = { method };
    if (body) Object.assign(request, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const response = await fetch(this.url + path, request);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
