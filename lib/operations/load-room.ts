/**
 * Which rows a load of many brings into memory. A map that is full takes none that it does not have yet: what such a load brought in would
 * drive out what is in use, or what it brought before (M66). What is asked for by key is loaded always, and something else goes.
 */
import type { Records } from '../partition/record-store.ts';
import type { KeyAddress, MapHome } from './home.ts';
import { slotOf } from './memory.ts';

export class LoadRoom {
  readonly #home: MapHome;
  readonly #records: Records;
  readonly #replaces: boolean;
  /** Keys that were let in and whose rows are on their way, by partition; a row that never comes takes its place for the rest of the load. */
  readonly #awaited = new Map<number, number>();
  #awaitedInAll = 0;

  /** `replaces`: rows of keys that are in memory are wanted too. */
  constructor(home: MapHome, replaces: boolean) {
    this.#home = home;
    this.#records = home.records;
    this.#replaces = replaces;
  }

  /** Whether the map may become full. */
  get isLimited(): boolean {
    return this.#home.config.eviction !== undefined;
  }

  /** Whether no row at all is wanted any more. */
  get isFull(): boolean {
    return !this.#replaces && this.#records.room() <= this.#awaitedInAll;
  }

  /** Whether the row is worth asking the store for; then it is expected to come. */
  admits(at: KeyAddress): boolean {
    if (slotOf(this.#home, at) >= 0) return true; // whether it replaces is decided when it is there
    const awaited = this.#awaited.get(at.partition) ?? 0;
    if (this.#records.room() <= this.#awaitedInAll || this.#records.room(at.partition) <= awaited) return false;
    this.#awaited.set(at.partition, awaited + 1);
    this.#awaitedInAll++;
    return true;
  }

  /** Whether the row that has come may be kept. `slot` is where memory has its key, or -1. */
  takes(at: KeyAddress, slot: number): boolean {
    if (slot >= 0) return this.#replaces;
    if (!this.isLimited) return true;
    const awaited = this.#awaited.get(at.partition) ?? 0;
    if (awaited > 0) {
      this.#awaited.set(at.partition, awaited - 1);
      this.#awaitedInAll--;
    }
    return this.#records.room() > 0 && this.#records.room(at.partition) > 0;
  }
}
