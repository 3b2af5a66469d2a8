/**
 * Key to slot, for one partition: an open-addressing hash table over two integers per place, the key's hash and its slot.
 *
 * Linear probing from the place the hash is multiplied to (Fibonacci hashing, which takes the place from all bits of the hash: the low ones have
 * been spent on choosing the partition). Both integers share a cache line, so a look-up touches the table once and then the key, and growing or
 * deleting never touches entries at all. Deletion shifts later entries back instead of leaving tombstones. A table of one partition is small, so
 * doubling it is a short pause however large the map is.
 *
 * Probing is bounded: a key that finds no place within `PROBES_MAX` goes to an overflow Map (with less than half of the table in use that takes
 * keys made to collide), so hostile keys cost one native look-up more and no scan. `docs/decisions/0004-key-table.md` has the measurements.
 *
 * References: D. E. Knuth, The Art of Computer Programming 3, 6.4 (algorithm R for deletion; multiplicative hashing).
 */
import { KeyMap } from '../data/key-map.ts';
import { sameKey, type StoredKey } from '../data/key.ts';

const GOLDEN = 0x9e37_79b9;
const PLACES_MIN = 8;
const PROBES_MAX = 64;

/** Where the table looks up the key of a slot. */
export interface KeySource {
  storedKeyAt(slot: number): StoredKey;
}

/** Keys made to collide. */
interface Overflow {
  readonly slotByKey: KeyMap<number>;
  readonly slots: Set<number>;
}

export class KeyTable {
  readonly #keys: KeySource;
  /** Place i: hash at 2i, slot + 1 at 2i + 1 (0: empty). */
  #cells = new Int32Array(2 * PLACES_MIN);
  #mask = PLACES_MIN - 1;
  #shift = shiftOf(PLACES_MIN);
  #used = 0;
  #overflow: Overflow | undefined;

  constructor(keys: KeySource) {
    this.#keys = keys;
  }

  /** Entries. */
  get size(): number {
    return this.#used + (this.#overflow?.slots.size ?? 0);
  }

  get bytes(): number {
    return this.#cells.byteLength + 64 * (this.#overflow?.slots.size ?? 0);
  }

  /** The slot, or -1. */
  find(key: StoredKey, hash: number): number {
    const cells = this.#cells;
    const mask = this.#mask;
    const wanted = hash | 0;
    let place = Math.imul(wanted, GOLDEN) >>> this.#shift;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      const slot = cells[2 * place + 1]! - 1;
      if (slot < 0) break;
      if (cells[2 * place] === wanted) {
        const held = this.#keys.storedKeyAt(slot);
        if (held === key || sameKey(held, key)) return slot;
      }
      place = (place + 1) & mask;
    }
    return this.#overflow === undefined ? -1 : (this.#overflow.slotByKey.get(key) ?? -1);
  }

  /** Adds a key that is not there. Call `reserve` before: then this can't fail. */
  add(key: StoredKey, hash: number, slot: number): void {
    if (this.#place(hash | 0, slot + 1)) return;
    // Crowded by chance: more room helps. Crowded at less than half: made to collide, and no room would help.
    if (2 * this.#used > this.#mask && this.#resize(2 * (this.#mask + 1)) && this.#place(hash | 0, slot + 1)) return;
    this.#overflow ??= { slotByKey: new KeyMap(), slots: new Set() };
    this.#overflow.slotByKey.set(key, slot);
    this.#overflow.slots.add(slot);
  }

  /** Makes room for one more. */
  reserve(): void {
    if (4 * (this.#used + 1) > 3 * (this.#mask + 1)) this.#resize(2 * (this.#mask + 1));
  }

  /** Removes a key that is there. */
  remove(key: StoredKey, hash: number, slot: number): void {
    if (this.#overflow?.slots.delete(slot) === true) {
      this.#overflow.slotByKey.delete(key);
      return;
    }
    this.#close(this.#placeOf(hash | 0, slot + 1));
    this.#used--;
    if (this.#mask >= PLACES_MIN && 8 * this.#used < this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  /** The slots, in no order. */
  slots(): Int32Array {
    const slots = new Int32Array(this.size);
    let count = 0;
    for (let i = 1; i < this.#cells.length; i += 2) {
      if (this.#cells[i] !== 0) slots[count++] = this.#cells[i]! - 1;
    }
    for (const slot of this.#overflow?.slots ?? []) slots[count++] = slot;
    return slots;
  }

  /** Whether there was an empty place near enough. */
  #place(hash: number, content: number): boolean {
    const cells = this.#cells;
    let place = Math.imul(hash, GOLDEN) >>> this.#shift;
    for (let probes = 0; probes < PROBES_MAX; probes++) {
      if (cells[2 * place + 1] === 0) {
        cells[2 * place] = hash;
        cells[2 * place + 1] = content;
        this.#used++;
        return true;
      }
      place = (place + 1) & this.#mask;
    }
    return false;
  }

  #placeOf(hash: number, content: number): number {
    const cells = this.#cells;
    let place = Math.imul(hash, GOLDEN) >>> this.#shift;
    while (cells[2 * place + 1] !== content) place = (place + 1) & this.#mask;
    return place;
  }

  /** Empties a place and moves back whoever probed over it. Nobody further away than a probe can reach has. */
  #close(empty: number): void {
    const cells = this.#cells;
    const mask = this.#mask;
    let hole = empty;
    for (let place = (hole + 1) & mask; cells[2 * place + 1] !== 0 && place !== empty; place = (place + 1) & mask) {
      const distance = (place - hole) & mask;
      if (distance >= PROBES_MAX) break;
      const home = Math.imul(cells[2 * place]!, GOLDEN) >>> this.#shift;
      if (((place - home) & mask) < distance) continue;
      cells[2 * hole] = cells[2 * place]!;
      cells[2 * hole + 1] = cells[2 * place + 1]!;
      hole = place;
    }
    cells[2 * hole + 1] = 0;
  }

  /** Moves everything to a table of another size; when some entry would have no place there, stays as it is and gives false. */
  #resize(places: number): boolean {
    const before = { cells: this.#cells, mask: this.#mask, shift: this.#shift, used: this.#used };
    this.#cells = new Int32Array(2 * places);
    this.#mask = places - 1;
    this.#shift = shiftOf(places);
    this.#used = 0;
    for (let i = 0; i < before.cells.length; i += 2) {
      if (before.cells[i + 1] === 0 || this.#place(before.cells[i]!, before.cells[i + 1]!)) continue;
      this.#cells = before.cells;
      this.#mask = before.mask;
      this.#shift = before.shift;
      this.#used = before.used;
      return false;
    }
    return true;
  }
}

function shiftOf(places: number): number {
  return Math.clz32(places) + 1;
}
