/**
 * Slots by key, in the order of the keys: a set of slots for each key that many slots have, pairs in blocks for all the others.
 *
 * Pairs cost 12 to 20 bytes each and a search for each change. A key that some hundred slots have is better off with a set of its own: it is found by
 * hash, a slot comes and goes in O(1), and takes one bit to a few bytes. So each key has the form that suits it, be the attribute of fifty values, of a
 * hundred thousand, or of one value nearly everywhere and many others here and there.
 *
 * A key becomes common when a leaf of the blocks is full of it alone and it has 16 slots for each block of 65,536 slots that a set would have to
 * be spread over; it goes back to the blocks at half of that. Only the slots of that one key move: about 256 where there are a million slots.
 *
 * Reference: the lists of most common values beside the histogram of the others, as PostgreSQL's statistics have them ("Row Estimation Examples",
 * PostgreSQL documentation), are the same idea for estimates.
 */
import { CommonKeys, type CommonKey } from './common-keys.ts';
import type { SlotList } from './index-contract.ts';
import type { Accepts, Key, KeyRange, OrderedBlocks, SortedPairs, Visit } from './ordered-blocks.ts';
import { createSlotList } from './slot-list.ts';

/** Least slots of a common key. */
const COMMON_MIN = 128;
/** A set of slots has a block for so many … */
const BLOCK_SHIFT = 16;
/** … and pays from so many in each. */
const COMMON_MIN_PER_BLOCK = 16;
/** Pairs loaded between two yields. */
const STEP = 4096;

/** One key with its slots. */
export interface Run<K extends Key> {
  readonly key: K;
  /** Ascending, until `visit` returns true. Whether it came to the end. */
  walk(visit: Visit): boolean;
}

export class OrderedSlots<K extends Key> {
  readonly #common = new CommonKeys<K>();
  readonly #blocks: OrderedBlocks<K>;
  readonly #commonMin: number;
  /** Above all slots that were ever here. */
  #top = 0;

  /** `blocks` must be empty and nobody else's. `commonMin`: least slots of a common key. */
  constructor(blocks: OrderedBlocks<K>, commonMin: number = COMMON_MIN) {
    this.#blocks = blocks;
    this.#commonMin = commonMin;
  }

  /** Pairs of a key and a slot. */
  get size(): number {
    return this.#common.size + this.#blocks.size;
  }

  get bytes(): number {
    return this.#common.bytes + this.#blocks.bytes;
  }

  /** The pair must not be there yet. */
  add(key: K, slot: number): void {
    if (slot >= this.#top) this.#top = slot + 1;
    const common = this.#common.find(key);
    if (common !== undefined) this.#common.add(common, slot);
    else if (this.#blocks.add(key, slot)) this.#gather(key);
  }

  /** Whether the pair was there. */
  remove(key: K, slot: number): boolean {
    const common = this.#common.find(key);
    if (common === undefined) return this.#blocks.remove(key, slot);
    if (!this.#common.delete(common, slot)) return false;
    if (common.slots.size * 2 < this.#threshold()) this.#scatter(common);
    return true;
  }

  /** Cost: as of `OrderedBlocks`, and a step for each common key of the range. */
  count(range: KeyRange<K>): number {
    return this.#common.count(range) + this.#blocks.count(range);
  }

  /** In no promised order. */
  collect(range: KeyRange<K>, out: SlotList, accepts?: Accepts<K>): void {
    this.#blocks.collect(range, out, accepts);
    if (this.#common.size === 0) return;
    const [from, to] = this.#common.ranks(range);
    for (let rank = from; rank < to; rank++) {
      const { key, slots } = this.#common.at(rank);
      if (accepts === undefined || accepts(key)) slots.collect(out);
    }
  }

  /** Visits by key, and by slot within a key also when descending. Whether it came to the end. */
  walk(range: KeyRange<K>, descending: boolean, visit: Visit, accepts?: Accepts<K>): boolean {
    for (const part of this.#parts(range, descending)) {
      if ('slots' in part) {
        if ((accepts === undefined || accepts(part.key)) && !part.slots.walk(visit)) return false;
      } else if (!this.#blocks.walk(part, descending, visit, accepts)) return false;
    }
    return true;
  }

  /**
   * As `walk`, one run of equal keys after the other, for whoever must merge two lists.
   * @yields each key with a walk over its slots
   */
  *runs(range: KeyRange<K>, descending: boolean): Generator<Run<K>> {
    for (const part of this.#parts(range, descending)) {
      if ('slots' in part) yield { key: part.key, walk: (visit) => part.slots.walk(visit) };
      else yield* this.#blocks.runs(part, descending);
    }
  }

  clear(): void {
    this.#common.clear();
    this.#blocks.clear();
    this.#top = 0;
  }

  /**
   * Fills what is empty with pairs that are in order.
   * @yields after every few thousand pairs
   */
  *load(pairs: SortedPairs<K>): Generator<void> {
    const { slots } = pairs;
    for (let from = 0; from < slots.length; from += STEP) {
      for (let i = from; i < Math.min(slots.length, from + STEP); i++) if (slots[i]! >= this.#top) this.#top = slots[i]! + 1;
      yield;
    }
    // Pairs from `rest` on are passed over and not loaded yet.
    let rest = 0;
    for (let from = 0, mark = STEP; from < slots.length;) {
      const to = pairs.runEnd(from);
      if (to - from >= this.#threshold()) {
        this.#blocks.append(pairs, rest, from);
        yield* this.#loadCommon(pairs.keys(from, from + 1)[0]!, slots.subarray(from, to));
        rest = to;
      } else if (to - rest >= STEP) {
        this.#blocks.append(pairs, rest, to);
        rest = to;
      }
      from = to;
      if (from < mark) continue;
      mark = from + STEP;
      yield;
    }
    this.#blocks.append(pairs, rest, slots.length);
  }

  *#loadCommon(key: K, slots: Int32Array): Generator<void> {
    const common = this.#common.insert(key);
    for (let i = 0; i < slots.length; i++) {
      this.#common.add(common, slots[i]!);
      if (i % STEP === STEP - 1) yield;
    }
  }

  #threshold(): number {
    return Math.max(this.#commonMin, ((this.#top >>> BLOCK_SHIFT) + 1) * COMMON_MIN_PER_BLOCK);
  }

  /** Makes a key common if it has slots enough. */
  #gather(key: K): void {
    const range = { low: key, lowOpen: false, high: key, highOpen: false };
    if (this.#blocks.count(range) < this.#threshold()) return;
    const { data, length } = collected((out) => this.#blocks.collect(range, out));
    const common = this.#common.insert(key);
    for (let i = 0; i < length; i++) {
      this.#blocks.remove(key, data[i]!);
      this.#common.add(common, data[i]!);
    }
  }

  #scatter(common: CommonKey<K>): void {
    const { data, length } = collected((out) => common.slots.collect(out));
    this.#common.drop(common);
    for (let i = 0; i < length; i++) this.#blocks.add(common.key, data[i]!);
  }

  /** The common keys of the range and the ranges between them, in the order of a walk. */
  *#parts(range: KeyRange<K>, descending: boolean): Generator<CommonKey<K> | KeyRange<K>> {
    const [from, to] = this.#common.ranks(range);
    let { low, lowOpen, high, highOpen } = range;
    for (let i = 0; i < to - from; i++) {
      const common = this.#common.at(descending ? to - 1 - i : from + i);
      const { key } = common;
      if (this.#blocks.size > 0) {
        yield descending ? { low: key, lowOpen: true, high, highOpen } : { low, lowOpen, high: key, highOpen: true };
      }
      if (descending) [high, highOpen] = [key, true];
      else [low, lowOpen] = [key, true];
      yield common;
    }
    yield { low, lowOpen, high, highOpen };
  }
}

function collected(collect: (out: SlotList) => void): SlotList {
  const out = createSlotList();
  collect(out);
  return out;
}
