/** How much a write-behind queue may hold, and those who wait until it holds less: first come first served. */
import type { Patience } from '../base/patience.ts';
import { KeyMap } from '../data/key-map.ts';
import { sameKey, type StoredKey } from '../data/key.ts';
import { WriteBehindFullError } from '../errors.ts';
import type { WriteBehindQueue } from './write-behind-queue.ts';

export interface RoomOptions {
  readonly mapName: string;
  readonly queue: WriteBehindQueue;
  readonly capacity: number;
  readonly onFull: 'wait' | 'reject';
  /** Whether the present call finds room for the key in any case: what the queue waits for must not wait for the queue. */
  readonly isExempt: (key: StoredKey) => boolean;
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
  /** Keys whose next operation has been promised room; whether it needed some when that was done. Whoever was promised has the key's turn. */
  readonly #promised = new KeyMap<boolean>();
  #promises = 0;
  /** How many of them needed room. */
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

  /** Whether some of this many operations might have to wait. Where the map does not wait it refuses. */
  wouldWaitFor(operations: number): boolean {
    const { onFull, capacity, queue } = this.#options;
    return onFull === 'wait' && (this.#waiting.size > 0 || queue.size + this.#reserved + operations > capacity);
  }

  /**
   * Runs `write`, which must queue one operation on the key, when there is room: at once and synchronously, or later. An operation that takes the
   * place of one that waits needs none. Errors: ERR_WRITE_BEHIND_FULL when the map does not wait for room, or is closed.
   */
  enter<R>(key: StoredKey, write: () => R): R | Promise<R> {
    if (this.#isClosed) throw this.#error();
    if ((this.#promises > 0 && this.#withdraw(key)) || this.#hasRoomFor(key)) return write();
    if (this.#options.onFull === 'reject') throw this.#error();
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
   * Promises the key's next operation room, when there is some; whether there was before the patience was over. End it by `release`, whatever comes.
   * A map that does not wait for room promises none: `enter` will tell.
   */
  promise(key: StoredKey, patience: Patience): boolean | Promise<boolean> {
    if (this.#isClosed || this.#options.onFull === 'reject') return true;
    if (this.#hasRoomFor(key)) {
      this.#promise(key);
      return true;
    }
    return new Promise<boolean>((resolve, reject) => {
      const enter = (): void => {
        timer.cancel();
        this.#promise(key);
        resolve(true);
      };
      const refuse = (error: Error): void => {
        timer.cancel();
        reject(error);
      };
      const waiting: Waiting = { key, enter, refuse };
      this.#waiting.add(waiting);
      const timer = patience.start(() => {
        this.#waiting.delete(waiting);
        resolve(false);
      });
    });
  }

  /**
   * Promises room for one operation on each of these keys, or for none, where the map rejects what finds no room; where it waits each operation will
   * wait for its own. End it by `release`. Errors: ERR_WRITE_BEHIND_FULL.
   */
  reserve(keys: readonly StoredKey[]): void {
    const { onFull, capacity, queue, isExempt } = this.#options;
    if (onFull === 'wait') return;
    const needed = keys.filter((key) => !queue.wouldReplace(key)).length;
    if (needed > 0 && queue.size + this.#reserved + needed > capacity && !keys.every(isExempt)) throw this.#error();
    for (const key of keys) this.#promise(key);
  }

  /** Takes back what was promised to these keys and not used. */
  release(keys: readonly StoredKey[]): void {
    for (const key of keys) {
      if (this.#promises === 0) break;
      this.#withdraw(key);
    }
    this.letIn();
  }

  /** Lets in those who waited, as far as there is room now. */
  letIn(): void {
    for (const waiting of this.#waiting) {
      if (this.isFull && !this.#options.queue.wouldReplace(waiting.key)) return;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }

  /** Lets in whoever waits for room for this key, be there some or not. */
  letInTo(key: StoredKey): void {
    for (const waiting of this.#waiting) {
      if (!sameKey(waiting.key, key)) continue;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }

  /** Refuses those who wait, and whoever comes from now on. */
  close(): void {
    this.#isClosed = true;
    for (const { refuse } of this.#waiting) refuse(this.#error());
    this.#waiting.clear();
  }

  #hasRoomFor(key: StoredKey): boolean {
    const { queue, isExempt } = this.#options;
    return queue.wouldReplace(key) || (this.#waiting.size === 0 && !this.isFull) || isExempt(key);
  }

  #promise(key: StoredKey): void {
    const needsRoom = !this.#options.queue.wouldReplace(key);
    this.#promised.set(key, needsRoom);
    this.#promises++;
    if (needsRoom) this.#reserved++;
  }

  /** Whether there was a promise. */
  #withdraw(key: StoredKey): boolean {
    const neededRoom = this.#promised.get(key);
    if (neededRoom === undefined) return false;
    this.#promised.delete(key);
    this.#promises--;
    if (neededRoom) this.#reserved--;
    return true;
  }

  #error(): WriteBehindFullError {
    const { mapName: map, capacity } = this.#options;
    const why = this.#isClosed ? 'the map is being closed' : `${capacity} writes wait for the store`;
    return new WriteBehindFullError(`map '${map}': ${why}: the write-behind queue takes no more`, { details: { map, capacity } });
  }
}
