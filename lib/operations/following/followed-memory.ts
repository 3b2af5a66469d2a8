/** The memory of a map that follows its database, as changes from there meet it: one key at a time, in the key's turn. */
import { deepEqual } from '../../data/deep-equal.ts';
import type { KeyAddress, MapHome } from '../home.ts';
import type { KeyAddresser } from '../load-from-store.ts';
import { dropFollowed, keepFollowed, slotOf, userKey } from '../memory.ts';

/** Most keys that are waited for one by one, because another call has their turns. */
const APART_MAX = 10_000;

export interface FollowedMemoryOptions {
  readonly home: MapHome;
  readonly addresses: KeyAddresser;
  /** Ends everything: what is under way rejects with its reason. */
  readonly signal: AbortSignal;
  /** Whether a row that is not in memory belongs there: asked each time. */
  readonly isWanted: () => boolean;
  /** Told of an error of the store that will be met by trying again; `undefined` once that has succeeded. */
  readonly onTrouble: (error: unknown) => void;
}

export class FollowedMemory {
  readonly home: MapHome;
  readonly addresses: KeyAddresser;
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
  readonly #isWanted: () => boolean;
  readonly #apart = new Set<Promise<void>>();
  /** Told of a key that was left as it is, because a write of our own is still to be stored. */
  onPending: ((at: KeyAddress) => void) | undefined;
  /** Told of a key that could not be followed, because its partition was elsewhere. */
  onMissed: (at: KeyAddress) => void = () => undefined;

  constructor({ home, addresses, signal, isWanted, onTrouble }: FollowedMemoryOptions) {
    this.home = home;
    this.addresses = addresses;
    this.signal = signal;
    this.onTrouble = onTrouble;
    this.#isWanted = isWanted;
  }

  /** Whether a row that is not in memory belongs there; while many rows are loaded every row may. */
  get wantsNew(): boolean {
    return this.#isWanted() || this.home.changedKeys.isWatching;
  }

  /**
   * Makes memory what the store has of the key, whose turn the caller holds; `undefined`: the store has nothing. The slot, or -1. `isOurs`: the value
   * was made for this call. Throws MapStoreError for a value that can't be kept.
   */
  settle(at: KeyAddress, value: unknown, isOurs: boolean): number {
    const { home } = this;
    const { records, changedKeys } = home;
    if (!this.owns(at)) {
      this.onMissed(at);
      return -1;
    }
    const now = home.clock.now();
    const slot = slotOf(home, at, now);
    if (changedKeys.isWatching) changedKeys.add(at.key);
    if (home.behind?.isPending(at.key) === true) {
      this.onPending?.(at);
      return slot;
    }
    if (value === undefined) {
      if (slot >= 0) dropFollowed(home, at, slot, now);
      return -1;
    }
    if (slot < 0 && !(this.wantsNew && this.#hasRoom(at))) return -1;
    const { form } = records;
    const stored = home.store!.accept('follow', userKey(at), () => (isOurs ? form.takeOver(value) : form.takeIn(value)));
    if (slot >= 0 && deepEqual(records.storedAt(slot), form.peek(stored))) return slot;
    return keepFollowed(home, at, slot, stored, now);
  }

  /** Whether the key is for this member to follow. What is on its way into memory is older than what would be put there. */
  owns({ partition }: KeyAddress): boolean {
    const { share } = this.home;
    return share === undefined || (share.owns(partition) && share.hasAll(partition));
  }

  /** A full map takes no row that nobody has asked for: it would drive out what is in use. */
  #hasRoom({ partition }: KeyAddress): boolean {
    const { records, config } = this.home;
    return config.eviction === undefined || (records.room() > 0 && records.room(partition) > 0);
  }

  /**
   * Leaves work on keys whose turns another call has to itself, so that a call that takes long, such as an entry processor, keeps nothing else
   * waiting. Resolves at once, or when enough of such work is done.
   */
  async apart(work: Promise<void>): Promise<void> {
    const entry = work.catch(() => undefined).finally(() => this.#apart.delete(entry)); // rejects only when all is over
    this.#apart.add(entry);
    while (this.#apart.size >= APART_MAX) await Promise.race(this.#apart);
    this.signal.throwIfAborted();
  }

  /** Resolves when no work is left apart. */
  async settled(): Promise<void> {
    while (this.#apart.size > 0) await Promise.all(this.#apart);
  }
}
