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
    // A splice makes a list of what it takes out.
    this.#ids.copyWithin(index, index + 1).pop();
    this.#numbers.copyWithin(index, index + 1).pop();
  }

  /** The number of whoever came first. */
  first(): number | undefined {
    return this.#many ? this.#many.values().next().value : this.#numbers[0];
  }

  ids(): string[] {
    return this.#many ? [...this.#many.keys()] : this.#ids.slice();
  }

  numbers(): number[] {
    return this.#many ? [...this.#many.values()] : this.#numbers.slice();
  }
}
