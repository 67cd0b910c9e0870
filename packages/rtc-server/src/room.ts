/**
 * The peers of one room and their numbers, in the order of joining. Most rooms are small, and are made and gone often:
 * two short arrays cost a third of a map to make, and are searched as fast.
 */

/** Peers until a room has a map. */
const FEW = 8;

/** A peer of a large room. */
type Place = {
  readonly number: number;
  /** Where it is among the ids, or was: whoever came before it may be gone since. */
  index: number;
};

export class Room {
  #ids: string[];
  #numbers: number[];
  /** All of them by id, once there were more than `FEW`. */
  #many: Map<string, Place> | undefined = undefined;
  /** Nobody's time is over before this, in milliseconds since the epoch. */
  dueAt: number;

  /** A room and the first peer of it, if there is one. Arrays that have their first item from the start grow later. */
  constructor(first?: { id: string; number: number; dueAt: number }) {
    this.#ids = first ? [first.id] : [];
    this.#numbers = first ? [first.number] : [];
    this.dueAt = first ? first.dueAt : Infinity;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The number of a peer. */
  get(id: string): number | undefined {
    if (this.#many) return this.#many.get(id)?.number;
    const index = this.#ids.indexOf(id);
    return index < 0 ? undefined : this.#numbers[index];
  }

  /** A peer that is not there yet. */
  add(id: string, number: number): void {
    const index = this.#ids.push(id) - 1;
    this.#numbers.push(number);
    if (this.#many) this.#many.set(id, { number, index });
    else if (index >= FEW) {
      const numbers = this.#numbers;
      this.#many = new Map(this.#ids.map((id, index) => [id, { number: numbers[index] as number, index }]));
    }
  }

  delete(id: string): void {
    const index = this.#indexOf(id);
    if (index < 0) return;
    this.#many?.delete(id);
    removeAt(this.#ids, index);
    removeAt(this.#numbers, index);
  }

  /** The number of whoever came first. */
  first(): number | undefined {
    return this.#numbers[0];
  }

  ids(): string[] {
    return this.#ids.slice();
  }

  /** All ids but one. */
  others(id: string): string[] {
    const ids = this.#ids.slice();
    const index = this.#indexOf(id);
    if (index >= 0) removeAt(ids, index);
    return ids;
  }

  numbers(): number[] {
    return this.#numbers.slice();
  }

  #indexOf(id: string): number {
    if (!this.#many) return this.#ids.indexOf(id);
    const place = this.#many.get(id);
    if (!place) return -1;
    // Whoever goes moves others to the front only.
    place.index = this.#ids.lastIndexOf(id, place.index);
    return place.index;
  }
}

/** For a few items a loop costs less than `splice`, which makes a list of what it takes out. */
function removeAt<T>(list: T[], index: number): void {
  if (list.length - index > 2 * FEW) {
    list.splice(index, 1);
    return;
  }
  for (let next = index + 1; next < list.length; next += 1) list[next - 1] = list[next] as T;
  list.pop();
}
