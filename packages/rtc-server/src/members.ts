/**
 * Who is where, by the numbers that the addon knows peers by, and when each was last heard of. The rooms are the
 * addon's: this follows what it answers, so that a call about a known peer crosses with a number, and a heartbeat not
 * at all. The addon is told of heartbeats before it judges or shows by them.
 */
import type { NativeServer } from './native.ts';
import { Room } from './room.ts';
import type { RoomSnapshot } from './types.ts';

export class Members {
  readonly rooms = new Map<string, Room>();
  readonly #native: NativeServer;
  /** How long a silent peer keeps its seat. */
  readonly #silentMs: number;
  /** When peers were last heard of, by their numbers. */
  #seen = new Float64Array(64);

  constructor(native: NativeServer, silentMs: number) {
    this.#native = native;
    this.#silentMs = silentMs;
  }

  /** A room that the addon has made for nobody yet. */
  open(roomId: string): void {
    this.rooms.set(roomId, new Room());
  }

  /** A peer that the addon has admitted to a room, which was noted before or is new. Gives who else is there. */
  add(roomId: string, room: Room | undefined, peerId: string, number: number, now: number): string[] {
    if (number >= this.#seen.length) {
      const larger = new Float64Array(2 * number);
      larger.set(this.#seen);
      this.#seen = larger;
    }
    this.#seen[number] = now;
    const dueAt = now + this.#silentMs;
    if (!room) {
      this.rooms.set(roomId, new Room({ id: peerId, number, dueAt }));
      return [];
    }
    const others = room.ids();
    room.add(peerId, number);
    if (dueAt < room.dueAt) room.dueAt = dueAt;
    return others;
  }

  heard(number: number, now: number): void {
    this.#seen[number] = now;
  }

  /** Tells the addon when the peers of a room, or all, were last heard of. */
  tell(room?: Room): void {
    this.#native.noteAlive(this.#seen, room?.numbers());
  }

  /** Peers that the addon has dropped, each with its room; a room goes with its last peer. */
  drop(gone: readonly { roomId: string; peerId: string }[]): void {
    const numbers: number[] = [];
    for (const { roomId, peerId } of gone) {
      const room = this.rooms.get(roomId);
      const number = room?.get(peerId);
      if (room === undefined || number === undefined) continue;
      room.delete(peerId);
      numbers.push(number);
      if (room.size === 0) this.rooms.delete(roomId);
    }
    if (numbers.length > 0) this.#native.forget(numbers);
  }

  /** A room that the addon has closed. */
  close(roomId: string): void {
    const room = this.rooms.get(roomId);
    if (!room) return;
    this.rooms.delete(roomId);
    this.#native.forget(room.numbers());
  }

  /** After a connect to a room some of whose peers may have been dropped. `admitted`: who came, and is not noted yet. */
  lookAgain(roomId: string, room: Room, admitted: string | undefined): void {
    const { peers } = JSON.parse(this.#native.snapshot(roomId)) as RoomSnapshot;
    // Another one of the same name may have been dropped just before.
    const alive = new Set(peers.map(({ peerId }) => peerId).filter((peerId) => peerId !== admitted));
    const gone = room.ids().filter((peerId) => !alive.has(peerId));
    this.#native.forget(gone.map((peerId) => room.get(peerId) as number));
    for (const peerId of gone) room.delete(peerId);
    let heard = Infinity;
    for (const number of room.numbers()) heard = Math.min(heard, this.#seen[number] as number);
    room.dueAt = heard + this.#silentMs;
  }
}
