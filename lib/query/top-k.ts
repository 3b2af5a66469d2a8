/**
 * The first k rows of an order, in one pass and memory for k: a bounded heap with the last of the rows kept so far at its root (Knuth, TAOCP 3, 5.2.3).
 *
 * Nearly all matches come after the root, so the pass is mostly one comparison each. With ranks that is a comparison of two numbers; only what may be
 * admitted becomes an object.
 */
import type { Collector } from './collector.ts';
import type { Emit } from './emit.ts';
import type { Ordering, Ranks } from './ordering.ts';
import type { RowWindow } from './sorter.ts';
import type { Work } from './work.ts';

/** Ranks read at a time: few enough to stay in the first cache. */
const RANKS_PER_STEP = 512;

interface Item<K, R> {
  readonly slot: number;
  /** Its first rank, when ordered by ranks. */
  readonly rank: number;
  readonly key: K;
  /** What is given for the entry, once it was fetched: empty or one. */
  readonly row: R[];
}

export class TopK<K, R> implements Collector<R[]> {
  readonly isFull = false;
  readonly #ordering: Ordering<K>;
  readonly #k: number;
  readonly #offset: number;
  readonly #emit: Emit<R>;
  #heap: Item<K, R>[] = [];
  #ranks: Float64Array | undefined;
  #isComplete = false;

  /** Gives rows number `offset` to `offset + limit` of the order; their sum is finite and above 0. */
  constructor(ordering: Ordering<K>, { offset, limit }: Pick<RowWindow, 'offset' | 'limit'>, emit: Emit<R>) {
    this.#ordering = ordering;
    this.#offset = offset;
    this.#k = offset + limit;
    this.#emit = emit;
  }

  expect(): void {}

  take(slots: Int32Array, from: number, to: number): void {
    const { ranks } = this.#ordering;
    const first = ranks?.[0];
    if (first !== undefined) this.#takeRanked(slots, from, to, first, ranks?.length === 1);
    else for (let i = from; i < to; i++) if (ranks === undefined || slots[i]! < this.#rootSlot()) this.#offer(slots[i]!, 0);
  }

  settle(): void {
    const one = new Int32Array(1);
    for (const { slot, row } of this.#heap) {
      if (row.length > 0) continue;
      one[0] = slot;
      this.#emit(one, 0, 1, row, 0);
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
    return this.#heap.map(({ row }) => row[0]!);
  }

  #takeRanked(slots: Int32Array, from: number, to: number, first: Ranks, decides: boolean): void {
    const ranks = (this.#ranks ??= new Float64Array(RANKS_PER_STEP));
    let rootRank = this.#rootRank();
    let rootSlot = this.#rootSlot();
    for (let start = from; start < to; start += RANKS_PER_STEP) {
      const end = Math.min(start + RANKS_PER_STEP, to);
      first.write(slots, start, end, ranks, 0);
      for (let i = start; i < end; i++) {
        const rank = ranks[i - start]!;
        if (rank > rootRank || (decides && rank === rootRank && slots[i]! > rootSlot)) continue;
        this.#offer(slots[i]!, rank);
        rootRank = this.#rootRank();
        rootSlot = this.#rootSlot();
      }
    }
  }

  /** What comes after this rank, or after this slot where ranks do not decide, is out of the question. */
  #rootRank(): number {
    return this.#heap.length < this.#k ? Infinity : this.#heap[0]!.rank;
  }

  #rootSlot(): number {
    return this.#heap.length < this.#k ? Infinity : this.#heap[0]!.slot;
  }

  #offer(slot: number, rank: number): void {
    const heap = this.#heap;
    const item: Item<K, R> = { slot, rank, key: this.#ordering.keyOf(slot), row: [] };
    if (heap.length < this.#k) {
      heap.push(item);
      this.#siftUp(heap.length - 1);
    } else if (this.#compare(item, heap[0]!) < 0) {
      heap[0] = item;
      this.#siftDown();
    }
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    const item = heap[from]!;
    let at = from;
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

  #compare(a: Item<K, R>, b: Item<K, R>): number {
    return this.#ordering.compare(a.key, b.key) || a.slot - b.slot;
  }
}
