/**
 * Keys that were changed while a load of many rows runs (M59): what such a load has read of them may be older than what memory has, or had.
 *
 * A row that was read before a removal must not bring the entry back, and one that was read before a write must not replace what was written,
 * not even when the entry has been evicted since. While nothing loads nothing is noted.
 */
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';

export class ChangedKeys {
  /** Whether a load runs: then tell `add` of each change. */
  isWatching = false;
  #keys = new KeyMap<true>();
  #loads = 0;
  #waiting: (() => void)[] = [];

  add(key: StoredKey): void {
    this.#keys.set(key, true);
  }

  has(key: StoredKey): boolean {
    return this.#keys.get(key) === true;
  }

  /** Notes what changes while `load` runs, and these keys as changed already. Loads may overlap. */
  async during<R>(changed: Iterable<StoredKey>, load: () => Promise<R>): Promise<R> {
    this.#loads++;
    this.isWatching = true;
    for (const key of changed) this.add(key);
    try {
      return await load();
    } finally {
      if (--this.#loads === 0) {
        this.isWatching = false;
        this.#keys = new KeyMap();
        for (const resolve of this.#waiting.splice(0)) resolve();
      }
    }
  }

  /** Resolves when no load runs. */
  async settled(): Promise<void> {
    if (this.#loads > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
