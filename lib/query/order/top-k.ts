/**
 * The first k rows of an order, in one pass and memory for k: a bounded heap with the last of the rows kept so far at its root (Knuth, TAOCP 3, 5.2.3).
 *
 * Nearly all matches come after the root, so the pass is mostly one comparison each. With ranks that is a comparison of two numbers, read some hundreds
 * at a time. What is kept lies in plain arrays by item number and the heap is one of item numbers, so that admitting a row makes no object. There
 * is one item more than k: the candidate waits there while it is compared, and changes places with the root when it is admitted.
 */
import type { Collector } from '../execute/collector.ts';
import type { Emit } from '../execute/emit.ts';
import type { Ordering, Ranks } from './ordering.ts';
import { roomForRows } from '../execute/row-chunks.ts';
import type { RowWindow } from './sorter.ts';
import type { Work } from '../execute/work.ts';

/** Ranks read at a time: few enough to stay in the nearest cache. Shared, because nothing pauses between writing and reading them. */
const RANKS_PER_STEP = 512;
const RANKS = new Float64Array(RANKS_PER_STEP);

/** Rows taken in some tenths of a millisecond, by ranks and by keys. */
const RANKED_ROWS_PER_STEP = 65_536;
const KEYS_PER_STEP = 2048;

export class TopK<K, R> implements Collector<R[]> {
  readonly isFull = false;
  readonly wantsSize = false;
  readonly rowsPerStep: number;
  readonly #ordering: Ordering<K>;
  /** Whether there is nothing to the order but its first rank, and slots. */
  readonly #isByRank: boolean;
  readonly #k: number;
  readonly #offset: number;
  readonly #emit: Emit<R>;
  /** Item numbers. */
  #heap: number[] = [];
  /** By item: its slot; its first rank, or 0; its key, unless the rank is all; what is given for it, once that was fetched. */
  readonly #slots: number[] = [];
  readonly #ranks: number[] = [];
  readonly #keys: K[] = [];
  readonly #rows: R[] = [];
  readonly #fetched: boolean[] = [];
  /** The item that is not in the heap. */
  #spare = 0;
  #isComplete = false;

  /** Gives rows number `offset` to `offset + limit` of the order; their sum is finite and above 0. */
  constructor(ordering: Ordering<K>, { offset, limit }: Pick<RowWindow, 'offset' | 'limit'>, emit: Emit<R>) {
    this.#ordering = ordering;
    this.#isByRank = ordering.ranks !== undefined && ordering.ranks.length <= 1 && ordering.hasTieBreak !== true;
    this.#offset = offset;
    this.#k = offset + limit;
    this.#emit = emit;
    this.rowsPerStep = ordering.ranks === undefined ? KEYS_PER_STEP : RANKED_ROWS_PER_STEP;
  }

  expect(): void {}

  take(slots: Int32Array, from: number, to: number): void {
    const { ranks } = this.#ordering;
    const first = ranks?.[0];
    if (first !== undefined) this.#takeRanked(slots, from, to, first);
    else for (let i = from; i < to; i++) if (ranks === undefined || slots[i]! < this.#rootSlot()) this.#offer(slots[i]!, 0);
  }

  settle(): void {
    const items = this.#heap.filter((item) => this.#fetched[item] !== true);
    const slots = Int32Array.from(items, (item) => this.#slots[item]!);
    const rows = roomForRows<R>(slots.length);
    this.#emit.write(slots, 0, slots.length, rows, 0);
    for (let i = 0; i < items.length; i++) {
      this.#rows[items[i]!] = rows[i]!;
      this.#fetched[items[i]!] = true;
    }
  }

  canGoOn(): boolean {
    return this.#isComplete || this.#ordering.isCurrent();
  }

  // oxlint-disable-next-line require-yield
  *finish(): Work<R[]> {
    this.#isComplete = true;
    this.#heap = this.#heap.sort((a, b) => this.#compare(a, b)).slice(this.#offset);
    this.settle();
    return this.#heap.map((item) => this.#rows[item]!);
  }

  #takeRanked(slots: Int32Array, from: number, to: number, first: Ranks): void {
    let rootRank = this.#rootRank();
    let rootSlot = this.#rootSlot();
    for (let start = from; start < to; start += RANKS_PER_STEP) {
      const end = Math.min(start + RANKS_PER_STEP, to);
      first.write(slots, start, end, RANKS, 0);
      for (let i = start; i < end; i++) {
        const rank = RANKS[i - start]!;
        if (rank > rootRank || (rank === rootRank && this.#isByRank && slots[i]! > rootSlot)) continue;
        this.#offer(slots[i]!, rank);
        rootRank = this.#rootRank();
        rootSlot = this.#rootSlot();
      }
    }
  }

  /** What comes after this rank is out of the question; and at this rank, if nothing else decides, what comes after this slot. */
  #rootRank(): number {
    return this.#heap.length < this.#k ? Infinity : this.#ranks[this.#heap[0]!]!;
  }

  #rootSlot(): number {
    return this.#heap.length < this.#k ? Infinity : this.#slots[this.#heap[0]!]!;
  }

  #offer(slot: number, rank: number): void {
    const heap = this.#heap;
    const item = this.#spare;
    this.#slots[item] = slot;
    this.#ranks[item] = rank;
    this.#fetched[item] = false;
    if (!this.#isByRank) this.#keys[item] = this.#ordering.keyOf(slot);
    if (heap.length < this.#k) {
      heap.push(item);
      this.#spare = heap.length;
      this.#siftUp();
    } else if (this.#compare(item, heap[0]!) < 0) {
      this.#spare = heap[0]!;
      heap[0] = item;
      this.#siftDown();
    }
  }

  #siftUp(): void {
    const heap = this.#heap;
    let at = heap.length - 1;
    const item = heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.#compare(heap[parent]!, item) >= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #siftDown(): void {
    const heap = this.#heap;
    const item = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#compare(heap[child + 1]!, heap[child]!) > 0) child++;
      if (this.#compare(heap[child]!, item) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }

  #compare(a: number, b: number): number {
    const ranks = this.#ranks;
    if (ranks[a]! < ranks[b]!) return -1;
    if (ranks[a]! > ranks[b]!) return 1;
    const order = this.#isByRank ? 0 : this.#ordering.compare(this.#keys[a]!, this.#keys[b]!);
    return order !== 0 ? order : this.#slots[a]! - this.#slots[b]!;
  }
}
