/**
 * The signaling side of RTCPeerConnection (W3C WebRTC, sections 4 and 5): states, rollback, sections, directions,
 * negotiationneeded and track events. A description's text is JSON of its sections, in one line;
 * others may follow.
 */
import { FakeStream, fakeTrack } from './fake-media.js';

type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

interface Section {
  mid: string;
  kind: 'audio' | 'video';
  direction: Direction;
  track: string | null;
  stream: string | null;
}

const sends = (direction: Direction | null) => direction === 'sendrecv' || direction === 'sendonly';
const receives = (direction: Direction | null) => direction === 'sendrecv' || direction === 'recvonly';
const directionOf = (send: boolean, receive: boolean): Direction =>
  send ? (receive ? 'sendrecv' : 'sendonly') : receive ? 'recvonly' : 'inactive';
const reverse = (direction: Direction) => directionOf(receives(direction), sends(direction));
const intersect = (a: Direction, b: Direction) => directionOf(sends(a) && sends(b), receives(a) && receives(b));

class FakeTransceiver {
  mid: string | null = null;
  currentDirection: Direction | null = null;
  /** What the other side's offer says, seen from here, where the latest offer was theirs. */
  offered: Direction | null = null;
  /** What the latest offer says, where it was ours. */
  sentOffer: Direction | null = null;
  remoteSends = false;
  usedToSend = false;
  stream: string | null = null;
  readonly receiver: { track: MediaStreamTrack };
  encodings: RTCRtpEncodingParameters[] = [];
  readonly sender: {
    track: MediaStreamTrack | null;
    getParameters(): { encodings: RTCRtpEncodingParameters[] };
    setParameters(parameters: { encodings: RTCRtpEncodingParameters[] }): Promise<void>;
    replaceTrack(track: MediaStreamTrack | null): Promise<void>;
    setStreams(stream: FakeStream): void;
  };
  #direction: Direction;

  constructor(
    readonly owner: FakePeerConnection,
    readonly kind: 'audio' | 'video',
    direction: Direction,
    readonly byAddTrack: boolean,
  ) {
    this.#direction = direction;
    this.receiver = { track: fakeTrack(kind) };
    this.sender = {
      track: null,
      replaceTrack: async (track) => void (this.sender.track = track),
      setStreams: (stream) => void (this.stream = stream.id),
      getParameters: () => ({ encodings: this.encodings.map((each) => ({ ...each })) }),
      setParameters: async ({ encodings }) => void (this.encodings = encodings),
    };
  }

  stop(): void {
    this.sender.track = null;
    this.direction = 'inactive';
  }

  get direction(): Direction {
    return this.#direction;
  }

  set direction(direction: Direction) {
    this.#direction = direction;
    this.owner.updateNegotiationNeeded();
  }
}

export class FakePeerConnection {
  static all: FakePeerConnection[] = [];
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: { toJSON(): RTCIceCandidateInit } | null }) => void) | null = null;
  ontrack: ((event: object) => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  signalingState = 'stable';
  iceConnectionState = 'new';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  readonly candidates: (RTCIceCandidateInit | undefined)[] = [];
  readonly rollbacks: string[] = [];
  restarts = 0;
  closed = false;
  stats: object[] = [];
  #transceivers: FakeTransceiver[] = [];
  #restart = false;
  #needed = false;
  #mids = 0;
  #assigned: FakeTransceiver[] = [];

  constructor(readonly configuration: RTCConfiguration) {
    FakePeerConnection.all.push(this);
  }

  getTransceivers(): FakeTransceiver[] {
    return [...this.#transceivers];
  }

  addTrack(track: MediaStreamTrack, stream: FakeStream): FakeTransceiver['sender'] {
    const kind = track.kind as 'audio' | 'video';
    let found = this.#transceivers.find((each) => !each.sender.track && !each.usedToSend && each.kind === kind);
    if (found) found.direction = directionOf(true, receives(found.direction));
    else this.#transceivers.push((found = new FakeTransceiver(this, kind, 'sendrecv', true)));
    found.sender.track = track;
    found.stream = stream.id;
    this.updateNegotiationNeeded();
    return found.sender;
  }

  removeTrack(sender: FakeTransceiver['sender']): void {
    const found = this.#transceivers.find((each) => each.sender === sender);
    if (!found) throw new Error('no such sender');
    sender.track = null;
    found.direction = directionOf(false, receives(found.direction));
  }

  addTransceiver(
    what: 'audio' | 'video' | MediaStreamTrack,
    init: { direction: Direction; streams?: FakeStream[]; sendEncodings?: RTCRtpEncodingParameters[] },
  ): FakeTransceiver {
    const kind = typeof what === 'string' ? what : (what.kind as 'audio' | 'video');
    const made = new FakeTransceiver(this, kind, init.direction, false);
    if (typeof what !== 'string') made.sender.track = what;
    made.stream = init.streams?.[0]?.id ?? null;
    made.encodings = init.sendEncodings ?? [{}];
    this.#transceivers.push(made);
    this.updateNegotiationNeeded();
    return made;
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    return { type: 'offer', sdp: `can receive ${this.#transceivers.map(({ kind }) => kind).join(' and ')}` };
  }

  async setLocalDescription(): Promise<void> {
    await Promise.resolve();
    if (this.closed) throw new Error('closed');
    const answering = this.signalingState === 'have-remote-offer';
    for (const each of this.#transceivers) {
      if (each.mid === null && !answering) {
        each.mid = String(this.#mids++);
        this.#assigned.push(each);
      }
    }
    const sections = this.#transceivers.filter(({ mid }) => mid !== null).map((each) => this.#section(each, answering));
    this.localDescription = { type: answering ? 'answer' : 'offer', sdp: JSON.stringify(sections) };
    if (answering) this.#settle();
    else this.signalingState = 'have-local-offer';
    setTimeout(() => {
      this.onicecandidate?.({ candidate: { toJSON: () => ({ candidate: 'candidate:1', sdpMid: '0' }) } });
      this.onicecandidate?.({ candidate: null });
    });
  }

  async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    const sections = JSON.parse((sdp ?? '').split('\n')[0] ?? '') as Section[];
    if (type === 'answer' && this.signalingState !== 'have-local-offer')
      throw new Error(`answer in ${this.signalingState}`);
    if (type === 'offer' && this.signalingState === 'have-local-offer') this.#rollBack();
    this.remoteDescription = { type, sdp: sdp ?? '' };
    for (const section of sections) this.#applyRemote(section, type === 'answer');
    if (type === 'answer') this.#settle();
    else this.signalingState = 'have-remote-offer';
  }

  async addIceCandidate(candidate?: RTCIceCandidateInit): Promise<void> {
    if (!this.remoteDescription) throw new Error('no remote description');
    this.candidates.push(candidate);
  }

  restartIce(): void {
    this.restarts += 1;
    this.#restart = true;
    this.updateNegotiationNeeded();
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map(this.stats.map((each, index) => [index, each])) as unknown as RTCStatsReport;
  }

  close(): void {
    this.closed = true;
  }

  /** What the browser's ICE agent reports. */
  ice(state: string): void {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }

  updateNegotiationNeeded(): void {
    if (this.#needed || this.closed) return;
    this.#needed = true;
    setTimeout(() => {
      this.#needed = false;
      if (!this.closed && this.signalingState === 'stable' && this.#needsNegotiation()) this.onnegotiationneeded?.();
    });
  }

  #needsNegotiation(): boolean {
    if (this.#restart) return true;
    return this.#transceivers.some(({ mid, direction, currentDirection, offered, sentOffer }) => {
      if (mid === null) return true;
      if (offered) return currentDirection !== intersect(direction, offered);
      return direction !== sentOffer && direction !== currentDirection;
    });
  }

  #section(each: FakeTransceiver, answering: boolean): Section {
    const direction = answering && each.offered ? intersect(each.direction, each.offered) : each.direction;
    if (!answering) [each.offered, each.sentOffer] = [null, direction];
    if (answering) each.currentDirection = direction;
    if (sends(direction)) each.usedToSend = true;
    const { mid, kind, stream } = each;
    return { mid: mid ?? '', kind, direction, track: each.sender.track?.id ?? null, stream };
  }

  #applyRemote(section: Section, isAnswer: boolean): void {
    let each = this.#transceivers.find(({ mid }) => mid === section.mid);
    each ??= this.#transceivers.find(
      ({ mid, byAddTrack, kind }) => mid === null && byAddTrack && kind === section.kind,
    );
    if (!each) this.#transceivers.push((each = new FakeTransceiver(this, section.kind, 'recvonly', false)));
    each.mid = section.mid;
    this.#mids = Math.max(this.#mids, Number(section.mid) + 1);
    if (isAnswer) each.currentDirection = reverse(section.direction);
    else each.offered = reverse(section.direction);
    if (sends(section.direction) && !each.remoteSends) {
      this.ontrack?.({ track: each.receiver.track, streams: [new FakeStream()], transceiver: each });
    }
    each.remoteSends = sends(section.direction);
  }

  #settle(): void {
    this.signalingState = 'stable';
    this.#assigned = [];
    this.#restart = false;
    this.updateNegotiationNeeded();
  }

  #rollBack(): void {
    this.rollbacks.push(this.localDescription?.sdp ?? '');
    for (const each of this.#assigned) each.mid = null;
    this.#assigned = [];
    this.signalingState = 'stable';
  }
}
