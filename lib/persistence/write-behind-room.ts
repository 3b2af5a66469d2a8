/** How much a write-behind queue may hold, and those who wait until it holds less: first come first served. */
import type { StoredKey } from '../data/key.ts';
import { WriteBehindFullError } from '../errors.ts';
import type { WriteBehindQueue } from './write-behind-queue.ts';

export interface RoomOptions {
  readonly mapName: string;
  readonly queue: WriteBehindQueue;
  readonly capacity: number;
  readonly onFull: 'wait' | 'reject';
}

/** A change that waits for room. */
interface Waiting {
  readonly key: StoredKey;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

export class Room {
  readonly #options: RoomOptions;
  readonly #waiting = new Set<Waiting>();
  /** Room that was promised. */
  #reserved = 0;
  #isClosed = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Changes that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get isFull(): boolean {
    return this.#options.queue.size + this.#reserved >= this.#options.capacity;
  }

  /**
   * Runs `write`, which must queue one operation on the key, when there is room: at once and synchronously, or later. An operation that takes the
   * place of one that waits needs none. Errors: ERR_WRITE_BEHIND_FULL when the map does not wait for room.
   */
  enter<R>(key: StoredKey, write: () => R): R | Promise<R> {
    if (this.#options.queue.wouldReplace(key) || (this.#waiting.size === 0 && !this.isFull)) return write();
    if (this.#options.onFull === 'reject' || this.#isClosed) throw this.#error();
    return new Promise<R>((resolve, reject) => {
      const enter = (): void => {
        try {
          resolve(write());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.add({ key, enter, refuse: reject });
    });
  }

  /**
   * Keeps room for one operation on each of these keys, where the map rejects what finds none; gives what ends that. Then the operations need no
   * `enter`. `undefined`: the map waits for room, one operation after the other. Errors: ERR_WRITE_BEHIND_FULL.
   */
  reserve(keys: readonly StoredKey[]): (() => void) | undefined {
    const { onFull, capacity, queue } = this.#options;
    if (onFull === 'wait') return undefined;
    const needed = keys.filter((key) => !queue.wouldReplace(key)).length;
    if (needed > 0 && queue.size + this.#reserved + needed > capacity) throw this.#error();
    this.#reserved += needed;
    return () => void (this.#reserved -= needed);
  }

  /** Lets in those who waited, as far as there is room now. */
  letIn(): void {
    for (const waiting of this.#waiting) {
      if (this.isFull && !this.#options.queue.wouldReplace(waiting.key)) return;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }

  /** Refuses those who wait, and whoever would wait from now on. */
  close(): void {
    this.#isClosed = true;
    for (const { refuse } of this.#waiting) refuse(this.#error());
    this.#waiting.clear();
  }

  #error(): WriteBehindFullError {
    const { mapName: map, capacity } = this.#options;
    return new WriteBehindFullError(`map '${map}': ${capacity} writes wait for the store: the write-behind queue is full`, {
      details: { map, capacity },
    });
  }
}
