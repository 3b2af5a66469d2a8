/** From a user's key to where it lives: canonical form, hash, partition. */
import { hashKey, toKey } from '../data/key.ts';
import { partitionOf, type Affinity } from '../data/partitioning.ts';
import { KeyMap } from '../data/key-map.ts';
import type { KeyAddress } from '../operations/home.ts';

export class KeyAddresses {
  readonly #partitionCount: number;
  readonly #affinity: Affinity | undefined;

  constructor(partitionCount: number, affinity: Affinity | undefined) {
    this.#partitionCount = partitionCount;
    this.#affinity = affinity;
  }

  /** Throws KeyError. */
  of(key: unknown): KeyAddress {
    const stored = toKey(key);
    const hash = hashKey(stored);
    return { key: stored, hash, partition: partitionOf(stored, this.#partitionCount, this.#affinity, hash) };
  }

  /** The partition that a partition key, or a key that carries one, leads to. */
  partitionFor(partitionKey: unknown): number {
    return partitionOf(toKey(partitionKey), this.#partitionCount);
  }

  /** Distinct keys with what belongs to each; of a repeated key the last one counts, at its first place. */
  ofAll<T>(entries: Iterable<readonly [unknown, T]>): { readonly at: KeyAddress[]; readonly rest: T[] } {
    const at: KeyAddress[] = [];
    const rest: T[] = [];
    const places = new KeyMap<number>();
    for (const [key, value] of entries) {
      const address = this.of(key);
      const place = places.get(address.key);
      if (place !== undefined) {
        rest[place] = value;
        continue;
      }
      places.set(address.key, at.length);
      at.push(address);
      rest.push(value);
    }
    return { at, rest };
  }
}
