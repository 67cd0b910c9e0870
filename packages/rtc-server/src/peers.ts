/**
 * The peers of one room and their numbers, in the order of joining. Most rooms are small, and are made and gone often:
 * two short arrays cost a third of a map to make, and are searched as fast.
 */

/** Peers until a room has a map. */
const FEW = 8;

export class Peers {
  #ids: string[] = [];
  #numbers: number[] = [];
  /** All of them, once there were more than `FEW`. */
  #many: Map<string, number> | undefined;

  get size(): number {
    return this.#many ? this.#many.size : this.#ids.length;
  }

  get(id: string): number | undefined {
    if (this.#many) return this.#many.get(id);
    const index = this.#ids.indexOf(id);
    return index < 0 ? undefined : this.#numbers[index];
  }

  /** A peer that is not there yet. */
  add(id: string, number: number): void {
    if (!this.#many && this.#ids.length >= FEW) {
      this.#many = new Map(this.#ids.map((id, index) => [id, this.#numbers[index] as number]));
      this.#ids = this.#numbers = [];
    }
    if (this.#many) this.#many.set(id, number);
    else {
      this.#ids.push(id);
      this.#numbers.push(number);
    }
  }

  delete(id: string): void {
    if (this.#many) {
      this.#many.delete(id);
      return;
    }
    const index = this.#ids.indexOf(id);
    if (index < 0) return;
    this.#ids.splice(index, 1);
    this.#numbers.splice(index, 1);
  }

  ids(): string[] {
    return this.#many ? [...this.#many.keys()] : this.#ids.slice();
  }

  numbers(): number[] {
    return this.#many ? [...this.#many.values()] : this.#numbers.slice();
  }
}
