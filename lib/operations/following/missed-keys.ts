/**
 * Keys of changes that this member heard of and left to others, because their partitions were not its own: kept for a while, in case one comes here from a
 * member that had not heard of them yet.
 */
import type { Clock } from '../../base/clock.ts';
import { KeyMap } from '../../data/key-map.ts';
import type { KeyAddress } from '../home.ts';

/** For so long at least: members hear of a change at different times, but not that different. */
const KEPT_MS = 60_000;
/** Most keys that are kept; above it nobody knows which there were. */
const KEYS_MAX = 100_000;

export class MissedKeys {
  readonly #clock: Clock;
  /** Of the present period and of the one before. */
  #recent = new KeyMap<KeyAddress>();
  #older = new KeyMap<KeyAddress>();
  #began: number;
  /** Some were not kept, in this period or the one before. */
  #lost = true; // nobody heard of what was before
  #lostBefore = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  add(at: KeyAddress): void {
    this.#turn();
    if (this.#recent.size < KEYS_MAX) this.#recent.set(at.key, at);
    else this.#lost = true;
  }

  /** Those of a partition. `areAll`: there were no others. */
  take(partition: number): { readonly keys: readonly KeyAddress[]; readonly areAll: boolean } {
    this.#turn();
    const keys: KeyAddress[] = [];
    for (const kept of [this.#older, this.#recent]) for (const at of kept.values()) if (at.partition === partition) keys.push(at);
    return { keys, areAll: !this.#lost && !this.#lostBefore };
  }

  #turn(): void {
    const now = this.#clock.now();
    const periods = Math.floor((now - this.#began) / KEPT_MS);
    if (periods < 1) return;
    this.#older = periods === 1 ? this.#recent : new KeyMap();
    this.#lostBefore = periods === 1 && this.#lost;
    this.#recent = new KeyMap();
    this.#lost = false;
    this.#began = now;
  }
}
