/** Chance from a seed: the only source of randomness in a simulated world, so that a seed replays bit for bit. */

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Whole, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** Exponential. */
  around(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.next() * from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** One of the names, as often as their weights say. */
  weighted<N extends string>(weights: Readonly<Partial<Record<N, number>>>): N {
    const named = Object.entries(weights) as [N, number][];
    let rest = this.next() * named.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of named) if ((rest -= weight) < 0) return name;
    return named.at(-1)![0];
  }

  /** Another stream of chance, so that what one part draws does not change what another does. */
  fork(): Chance {
    return new Chance(Math.floor(this.next() * 4_294_967_296));
  }
}
