/** A call as a page uses it. Everything behind it is hidden: a page sees users and MediaStreams. */
import { Limits, type JoinedMessage, type MediaKind } from '@rtc-platform/shared';
import { checkConfig, requireText, signalingUrl } from './config.js';
import { Devices } from './devices.js';
import { Emitter } from './emitter.js';
import { isNote } from './envelope.js';
import { CallError } from './errors.js';
import { defaultSource, LocalMedia } from './local-media.js';
import { openScreen } from './screen.js';
import { Session } from './session.js';
import type {
  CallConfig,
  CallEvents,
  ConnectionState,
  JoinOptions,
  LocalUser,
  Publication,
  PublishOptions,
  ScreenShare,
  TrackSource,
  User,
  UserStats,
} from './types.js';
import { Users } from './users.js';

/** After these the call is over as somebody decided; after others it failed. */
const DECIDED: ReadonlySet<string> = new Set(['KICKED', 'REPLACED', 'ROOM_CLOSED', 'INVALID_TOKEN']);

/** One call. `CallSDK` is the ready-made one; `createCall` makes more. */
export class Call extends Emitter<CallEvents> {
  readonly #fallbackConfig: () => CallConfig | undefined;
  readonly #media = new LocalMedia();
  readonly #users = new Users();
  #config: CallConfig | undefined;
  #state: ConnectionState = 'idle';
  #session: Session | undefined;
  #share: ScreenShare | undefined;

  /** Cameras, microphones and loudspeakers. */
  readonly devices = new Devices({
    trackOf: (source) => this.#media.find(source)?.track,
    replaceTrack: (current, next) => this.replaceTrack(current, next),
  });

  /** `fallbackConfig` is asked at `join` where `init` was not called. */
  constructor(fallbackConfig: () => CallConfig | undefined = () => undefined) {
    super();
    this.#fallbackConfig = fallbackConfig;
    this.#users.on('user-joined', (data) => this.emit('user-joined', data));
    this.#users.on('user-left', (data) => this.emit('user-left', data));
    this.#users.on('track-added', (data) => this.emit('track-added', data));
    this.#users.on('track-removed', (data) => this.emit('track-removed', data));
    this.#users.on('muted', (data) => this.emit('muted', data));
    this.#users.on('network-quality', (data) => this.emit('network-quality', data));
  }

  /**
   * Says where the call connects; once, before `join`.
   *
   * @throws CallError `ALREADY_INITIALIZED` or `INVALID_CONFIG`.
   */
  init(config: CallConfig): void {
    if (this.#config) throw new CallError('ALREADY_INITIALIZED', 'init was called before.');
    this.#config = checkConfig(config);
  }

  /** What `init` was given. */
  get config(): CallConfig | undefined {
    return this.#config;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Who else is in the call now. */
  get users(): readonly User[] {
    return this.#users.list();
  }

  /** The user of this page, while in a call. */
  get me(): LocalUser | null {
    const me = this.#session?.me;
    return me ? { userId: me.userId, role: me.role, muted: this.#media.muted, quality: this.#session?.quality ?? 'good' } : null;
  }

  /** What this page publishes now. */
  get publications(): readonly Publication[] {
    return this.#media.tracks;
  }

  /**
   * Joins a room. Resolves once this page is in it; media follows by itself.
   *
   * @throws CallError as the `error` event carries it: `NOT_INITIALIZED`, `ALREADY_IN_ROOM`, `INVALID_CONFIG`,
   * `WEBRTC_NOT_SUPPORTED`, `CONNECTION_FAILED`, or the server's refusal: `INVALID_TOKEN`, `TOKEN_EXPIRED`,
   * `ROOM_FULL`, `ROOM_NOT_FOUND` and others.
   */
  async join(options: JoinOptions): Promise<void> {
    let session: Session;
    try {
      session = this.#prepare(options);
    } catch (error) {
      this.emit('error', error as CallError);
      throw error;
    }
    this.#session = session;
    await new Promise<void>((resolve, reject) => {
      session.on('joined', (joined) => {
        if (!joined.resumed) this.#handleSeat(joined, options.stream);
        this.#setState('connected');
        resolve();
      });
      session.on('ended', (error) => {
        this.#finish(error);
        reject(error ?? new CallError('NOT_IN_ROOM', 'The call was left before it was joined.', true));
      });
      this.#setState('connecting');
      session.connect();
    });
  }

  /** Leaves: the others see it at once. Does nothing where there is no call. */
  leave(): void {
    this.#session?.leave();
  }

  /**
   * Publishes a track to everybody in the call. The page keeps owning it: stopping it is up to the page.
   *
   * @throws CallError `NOT_IN_ROOM`, `FORBIDDEN` for a viewer, `INVALID_CONFIG`.
   */
  async publish(track: MediaStreamTrack, { source, simulcast }: PublishOptions = {}): Promise<Publication> {
    const session = this.#publishingSession();
    const added = this.#media.add(track, source ?? defaultSource(track), simulcast);
    session.path?.publish(added);
    return added;
  }

  /** Ends the publication of a track, named by itself or its source. Does nothing where it is not published. */
  async unpublish(which: MediaStreamTrack | TrackSource): Promise<void> {
    const current = this.#media.find(which);
    if (!current) return;
    this.#media.remove(current);
    this.#session?.path?.unpublish(current.track);
  }

  /**
   * Sends another track in the place of a published one, without an interruption for the others.
   *
   * @throws CallError `INVALID_CONFIG` where no such track is published, or the kinds differ.
   */
  async replaceTrack(which: MediaStreamTrack | TrackSource, next: MediaStreamTrack): Promise<void> {
    const current = this.#media.find(which);
    if (current?.track.kind !== next.kind) {
      throw new CallError('INVALID_CONFIG', 'replaceTrack needs a published track and another one of its kind.');
    }
    this.#media.replace(current, next);
    await this.#session?.path?.replaceTrack(current.track, next);
  }

  /** Mutes or unmutes this page's microphone (`audio`) or camera (`video`); also before `join`. */
  setMuted(kind: MediaKind, muted: boolean): void {
    const before = this.#media.isMuted(kind);
    this.#media.setMuted(kind, muted);
    if (before !== muted && this.#session?.me) this.#session.send({ type: 'mute', kind, muted });
  }

  /**
   * Asks the user for a screen, window or tab and publishes it.
   *
   * @throws CallError as `publish`; DOMException of `getDisplayMedia`, `NotAllowedError` where the user refuses.
   */
  async shareScreen(options?: DisplayMediaStreamOptions): Promise<ScreenShare> {
    this.#publishingSession();
    if (this.#share) throw new CallError('INVALID_CONFIG', 'A screen is shared already.');
    const share = await openScreen(this, options);
    this.#share = share;
    void share.ended.then(() => {
      if (this.#share === share) this.#share = undefined;
    });
    return share;
  }

  /**
   * Sends data (anything that JSON can hold, at most 16 KiB) to everybody else, or to one user. While the call
   * reconnects it waits.
   *
   * @throws CallError `NOT_IN_ROOM`, `PEER_NOT_FOUND`, `INVALID_CONFIG`, `PAYLOAD_TOO_LARGE`, and where too much
   * waits already `RATE_LIMIT_EXCEEDED` or, while reconnecting, `CONNECTION_LOST`.
   */
  send(data: unknown, { to }: { to?: string | undefined } = {}): void {
    const session = this.#activeSession();
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined || isNote(data))
      throw new CallError('INVALID_CONFIG', 'The data is not of a kind that JSON holds.');
    if (new TextEncoder().encode(text).length > Limits.dataPayloadBytesMax) {
      throw new CallError('PAYLOAD_TOO_LARGE', `Data must be at most ${Limits.dataPayloadBytesMax} bytes as JSON.`);
    }
    if (session.congested) {
      const code = this.#state === 'connected' ? 'RATE_LIMIT_EXCEEDED' : 'CONNECTION_LOST';
      throw new CallError(code, 'Too many messages wait to be sent.');
    }
    if (to === undefined) return session.send({ type: 'data', payload: data });
    const peer = this.#users.peerOf(to);
    if (peer === undefined) throw new CallError('PEER_NOT_FOUND', `${to} is not in the call.`);
    session.send({ type: 'data', payload: data, to: peer });
  }

  /**
   * Mutes or unmutes another user; hosts only.
   *
   * @throws CallError `NOT_IN_ROOM`, `FORBIDDEN`, `PEER_NOT_FOUND`.
   */
  muteUser(userId: string, kind: MediaKind, muted: boolean): void {
    this.#hostSession(userId).send({ type: 'mute', kind, muted, userId });
    this.#users.handleMuted(userId, kind, muted);
  }

  /**
   * Removes another user; hosts only. With `ban` a new token does not let the user back in.
   *
   * @throws CallError `NOT_IN_ROOM`, `FORBIDDEN`, `PEER_NOT_FOUND`.
   */
  kick(userId: string, { ban = false }: { ban?: boolean } = {}): void {
    this.#hostSession(userId).send({ type: 'kick', userId, ban });
  }

  /**
   * Figures of the connection to each other user, measured now.
   *
   * @throws CallError `NOT_IN_ROOM`.
   */
  async getStats(): Promise<UserStats[]> {
    return this.#activeSession().getStats();
  }

  /**
   * Tells the call of a video element in a shadow tree; others are found by themselves. In rooms that send media
   * through the server, a track comes in the size in which it is shown, and not at all while it is hidden.
   */
  observe(element: HTMLVideoElement): void {
    this.#session?.observe(element);
  }

  #prepare({ roomId, token, stream }: JoinOptions): Session {
    const config = this.#config ?? this.#fallbackConfig();
    if (!config) throw new CallError('NOT_INITIALIZED', 'init must be called before join.');
    if (this.#session) throw new CallError('ALREADY_IN_ROOM', 'This call is in a room already: leave it first.');
    requireText('roomId', roomId);
    requireText('token', token);
    if (typeof RTCPeerConnection === 'undefined' || typeof WebSocket === 'undefined') {
      throw new CallError('WEBRTC_NOT_SUPPORTED', 'This browser does not support WebRTC.', true);
    }
    if (stream?.getTracks().some((track) => track.readyState === 'ended')) {
      throw new CallError('INVALID_CONFIG', 'A track of the stream has ended.');
    }
    const seat = { url: signalingUrl(config), roomId, token };
    const measuring = () => this.has('network-quality') || this.has('active-speaker');
    const session = new Session(seat, this.#media, this.#users, measuring);
    session.on('dropped', () => {
      this.#setState('reconnecting');
      this.emit('error', new CallError('CONNECTION_LOST', 'The connection was lost and is being made anew.'));
    });
    session.on('problem', (error) => this.emit('error', error));
    session.on('data', (data) => this.emit('data', data));
    session.on('muted', (data) => this.emit('muted', data));
    session.on('active-speaker', (data) => this.emit('active-speaker', data));
    session.on('network-quality', (data) => this.emit('network-quality', data));
    return session;
  }

  #handleSeat({ role }: JoinedMessage, stream: MediaStream | undefined): void {
    if (!stream) return;
    if (role === 'viewer')
      this.emit('error', new CallError('FORBIDDEN', 'A viewer cannot publish: the stream stays here.'));
    else this.#media.useStream(stream);
  }

  #finish(error: CallError | null): void {
    const joined = this.#session?.me !== undefined;
    this.#session = undefined;
    this.#users.clear();
    this.#media.clear();
    void this.#share?.stop();
    this.#setState(error && !(joined && DECIDED.has(error.code)) ? 'failed' : 'disconnected');
    if (error) this.emit('error', error);
  }

  #setState(state: ConnectionState): void {
    const previousState = this.#state;
    if (state === previousState) return;
    this.#state = state;
    this.emit('connection-state', { state, previousState });
  }

  #activeSession(): Session {
    if (!this.#session?.me) throw new CallError('NOT_IN_ROOM', 'Join a room first.');
    return this.#session;
  }

  #publishingSession(): Session {
    const session = this.#activeSession();
    if (session.me?.role === 'viewer') throw new CallError('FORBIDDEN', 'A viewer cannot publish.');
    return session;
  }

  #hostSession(userId: string): Session {
    const session = this.#activeSession();
    if (session.me?.role !== 'host') throw new CallError('FORBIDDEN', 'Only a host may do this.');
    if (this.#users.peerOf(userId) === undefined)
      throw new CallError('PEER_NOT_FOUND', `${userId} is not in the call.`);
    return session;
  }
}
