/**
 * The connection to one other page: perfect negotiation over one RTCPeerConnection (W3C WebRTC, section 10.7), with
 * trickled candidates and ICE restarts.
 *
 * What happens to the connection is done one thing after another, in the order of arrival, so that an offer of ours
 * is never half made when one of theirs comes in.
 */
import { Emitter } from './emitter.js';
import { CallError } from './errors.js';
import { watchIce } from './ice-watch.js';
import { Steps } from './steps.js';
import type { Publication } from './types.js';

export interface PeerLinkEvents {
  /** To be sent to the other page. */
  description: RTCSessionDescriptionInit;
  candidate: RTCIceCandidateInit | null;
  /** The other page sends a track, in the section `mid` of the description. */
  track: { track: MediaStreamTrack; stream: MediaStream; mid: string };
  /** The other page sends it no longer. */
  'track-removed': MediaStreamTrack;
  /** Whether media can flow at present. */
  alive: boolean;
  error: CallError;
}

/** A track with the stream that it belongs to on the other page. */
export interface OutgoingTrack extends Publication {
  readonly stream: MediaStream;
  /** False: one size, where the server would take several. */
  readonly simulcast?: boolean | undefined;
}

/** See the module. */
export class PeerLink extends Emitter<PeerLinkEvents> {
  readonly #connection: RTCPeerConnection;
  readonly #initiator: boolean;
  readonly #senders = new Map<MediaStreamTrack, RTCRtpSender>();
  readonly #received = new Set<MediaStreamTrack>();
  #mayOffer = false;
  #ignoringOffer = false;
  #waitingCandidates: (RTCIceCandidateInit | null)[] = [];
  readonly #steps = new Steps((error) => this.emit('error', error));
  readonly #unwatch: () => void;
  #closed = false;

  /** The initiator makes the first offer and wins a collision; the other one waits and gives way. */
  constructor(connection: RTCPeerConnection, initiator: boolean) {
    super();
    this.#connection = connection;
    this.#initiator = initiator;
    connection.onnegotiationneeded = () => this.#steps.push(() => this.#offer());
    connection.onicecandidate = ({ candidate }) => this.emit('candidate', candidate?.toJSON() ?? null);
    connection.ontrack = (event) => this.#handleTrack(event);
    this.#unwatch = watchIce(connection, {
      restart: () => this.restartIce(),
      alive: (alive) => this.emit('alive', alive),
      failed: () =>
        this.emit('error', new CallError('ICE_FAILED', 'No network path to the other participant was found.')),
    });
  }

  /** Begins with the tracks that are published now. */
  start(tracks: Iterable<OutgoingTrack>): void {
    for (const track of tracks) this.addTrack(track);
    if (!this.#initiator) return;
    this.#mayOffer = true;
    // An offer without a section for a kind would leave the other page no place to answer with its own track.
    for (const kind of ['audio', 'video']) {
      const offered = this.#connection.getTransceivers().some((each) => each.receiver.track.kind === kind);
      if (!offered) this.#connection.addTransceiver(kind, { direction: 'recvonly' });
    }
  }

  /** Which section of the description carries which published track. */
  midOf(track: MediaStreamTrack): string | null {
    const sender = this.#senders.get(track);
    return this.#connection.getTransceivers().find((each) => each.sender === sender && sender)?.mid ?? null;
  }

  addTrack({ track, stream }: OutgoingTrack): void {
    // addTrack never reuses a section that has sent before, so sharing a screen again and again would add sections
    // without end.
    const idle = this.#connection
      .getTransceivers()
      .find((each) => each.mid && each.receiver.track.kind === track.kind && isIdle(each));
    if (!idle) {
      this.#senders.set(track, this.#connection.addTrack(track, stream));
      return;
    }
    this.#senders.set(track, idle.sender);
    idle.direction = 'sendrecv';
    idle.sender.setStreams?.(stream);
    this.#steps.push(() => idle.sender.replaceTrack(track));
  }

  removeTrack(track: MediaStreamTrack): void {
    const sender = this.#senders.get(track);
    this.#senders.delete(track);
    if (sender) this.#connection.removeTrack(sender);
  }

  /** Sends another track in the place of one, without negotiation. */
  async replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void> {
    const sender = this.#senders.get(current);
    if (!sender) return;
    await sender.replaceTrack(next);
    this.#senders.delete(current);
    this.#senders.set(next, sender);
  }

  handleDescription(description: RTCSessionDescriptionInit): void {
    const accept = () =>
      description.type === 'offer' ? this.#acceptOffer(description) : this.#acceptAnswer(description);
    this.#steps.push(accept);
  }

  /** Null: no more will come. Candidates may come before the description that they belong to. */
  handleCandidate(candidate: RTCIceCandidateInit | null): void {
    this.#steps.push(async () => {
      if (this.#ignoringOffer) return;
      if (this.#connection.remoteDescription) await this.#addCandidate(candidate);
      else this.#waitingCandidates.push(candidate);
    });
  }

  /** Seeks the path anew, for instance on another network. */
  restartIce(): void {
    if (!this.#closed && this.#connection.remoteDescription) this.#connection.restartIce();
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#closed = true;
    this.#steps.stop();
    this.#unwatch();
    const connection = this.#connection;
    connection.onnegotiationneeded = connection.onicecandidate = connection.ontrack = null;
    connection.close();
  }

  async #offer(): Promise<void> {
    // Where this is skipped, the browser asks again once the connection is stable.
    if (!this.#mayOffer || this.#connection.signalingState !== 'stable') return;
    await this.#connection.setLocalDescription();
    this.#sendDescription();
  }

  async #acceptOffer(offer: RTCSessionDescriptionInit): Promise<void> {
    const collision = this.#connection.signalingState !== 'stable';
    this.#ignoringOffer = collision && this.#initiator;
    if (this.#ignoringOffer) return;
    await this.#connection.setRemoteDescription(offer);
    await this.#addWaitingCandidates();
    await this.#connection.setLocalDescription();
    this.#mayOffer = true;
    this.#sendDescription();
    this.#removeEnded();
  }

  async #acceptAnswer(answer: RTCSessionDescriptionInit): Promise<void> {
    if (this.#connection.signalingState !== 'have-local-offer') return;
    this.#ignoringOffer = false;
    await this.#connection.setRemoteDescription(answer);
    await this.#addWaitingCandidates();
    this.#removeEnded();
  }

  #sendDescription(): void {
    const description = this.#connection.localDescription;
    if (description && !this.#closed) this.emit('description', { type: description.type, sdp: description.sdp });
  }

  async #addWaitingCandidates(): Promise<void> {
    const waiting = this.#waitingCandidates;
    this.#waitingCandidates = [];
    for (const candidate of waiting) await this.#addCandidate(candidate);
  }

  /** One that the browser cannot use is no fault: others come. */
  async #addCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    await this.#connection.addIceCandidate(candidate ?? undefined).catch(() => undefined);
  }

  #handleTrack({ track, streams, transceiver }: RTCTrackEvent): void {
    this.#received.add(track);
    this.emit('track', { track, stream: streams[0] ?? new MediaStream([track]), mid: transceiver.mid ?? '' });
  }

  #removeEnded(): void {
    for (const { receiver, currentDirection } of this.#connection.getTransceivers()) {
      const live = currentDirection === 'sendrecv' || currentDirection === 'recvonly';
      if (!live && this.#received.delete(receiver.track)) this.emit('track-removed', receiver.track);
    }
  }
}

/** Whether nothing is sent in a section, nor about to be. */
function isIdle({ sender, direction, currentDirection }: RTCRtpTransceiver): boolean {
  const sending = currentDirection === 'sendrecv' || currentDirection === 'sendonly';
  return sender.track === null && !sending && direction !== 'stopped';
}
