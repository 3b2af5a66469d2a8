/** All matches in order: taken down with what they are ordered by, then sorted in steps. */
import type { SlotList } from '../../indexes/index-contract.ts';
import { createSlotList } from '../../indexes/slot-list.ts';
import type { Collector } from '../execute/collector.ts';
import type { Emit } from '../execute/emit.ts';
import { resultTooLarge } from '../execute/gather.ts';
import { mergeRuns } from './merge-runs.ts';
import type { Ordering, RankOrdering } from './ordering.ts';
import { sortRows } from './radix-sort.ts';
import { RowChunks, roomForRows } from '../execute/row-chunks.ts';
import { append } from '../execute/slot-stock.ts';
import type { Work } from '../execute/work.ts';

/** Rows written between two looks at the clock. */
const ROWS_PER_STEP = 32_768;
/** Rows taken between two looks at the clock, by ranks; by values it is one run, which is sorted as soon as it is complete. */
const RANKED_ROWS_PER_STEP = 32_768;
const RUN_LENGTH = 2048;
/** From so many rows on they are fetched as they are taken. */
const EAGER_ROWS_MIN = 65_536;

/** Which rows of the order are wanted: from number `offset` on, `limit` at most. More of them than `sizeMax` are an error. */
export interface RowWindow {
  readonly offset: number;
  readonly limit: number;
  readonly sizeMax: number;
}

/** What both kinds of sorter share: the slots, what was fetched of their entries so far, and the cut of rows that is wanted. */
abstract class Sorter<R> implements Collector<R[]> {
  readonly isFull = false;
  readonly wantsSize = true;
  readonly rowsPerStep: number;
  protected readonly slots: SlotList = createSlotList();
  readonly #emit: Emit<R>;
  readonly #offset: number;
  readonly #end: number;
  readonly #sizeMax: number;
  /** What is given for the first of the slots, in their order. */
  readonly #fetched = new RowChunks<R>();
  #isSorting = false;
  /** The rows were taken out of `#fetched`. */
  #isFlat = false;

  constructor({ offset, limit, sizeMax }: RowWindow, emit: Emit<R>, rowsPerStep: number) {
    this.#offset = offset;
    this.#end = offset + limit;
    this.#sizeMax = sizeMax;
    this.#emit = emit;
    this.rowsPerStep = Math.min(emit.rowsPerStep, rowsPerStep);
  }

  protected abstract isCurrent(): boolean;
  protected abstract remember(slots: Int32Array, from: number, to: number): void;
  /** The order of all rows: the i-th is row number `order[i]`, as they were taken. */
  protected abstract sort(): Work<Int32Array>;

  expect(rows: number): void {
    if (rows > EAGER_ROWS_MIN) this.#fetched.expect(rows);
  }

  take(slots: Int32Array, from: number, to: number): void {
    if (Math.min(this.slots.length + to - from, this.#end) - this.#offset > this.#sizeMax) throw resultTooLarge(this.#sizeMax);
    this.remember(slots, from, to);
    append(this.slots, slots, from, to);
    // So many that there will be a pause: fetching all just before it would be a stall of its own.
    if (this.slots.length > EAGER_ROWS_MIN) this.settle();
  }

  settle(): void {
    const { data, length } = this.slots;
    if (!this.#isFlat && this.#fetched.size < length) this.#fetched.append(this.#emit, data, this.#fetched.size, length);
  }

  canGoOn(): boolean {
    return this.#isSorting || this.isCurrent();
  }

  *finish(): Work<R[]> {
    this.#isSorting = true;
    if (this.#fetched.size > 0) this.settle();
    const order = (yield* this.sort()).subarray(this.#offset, this.#end);
    const sorted = roomForRows<R>(order.length);
    const rows = this.#fetched.size === 0 ? undefined : this.#fetched.takeAll();
    this.#isFlat = rows !== undefined;
    for (let from = 0; from < order.length; from += ROWS_PER_STEP) {
      const to = Math.min(from + ROWS_PER_STEP, order.length);
      if (rows === undefined) this.#fetchInOrder(order, from, to, sorted);
      else for (let i = from; i < to; i++) sorted[i] = rows[order[i]!]!;
      // What was never fetched refers to slots, so there may be no pause before it is.
      if (rows !== undefined) yield;
    }
    return sorted;
  }

  #fetchInOrder(order: Int32Array, from: number, to: number, sorted: R[]): void {
    const { data } = this.slots;
    const slots = order.subarray(from, to).map((row) => data[row]!);
    this.#emit.write(slots, 0, slots.length, sorted, from);
  }
}

/** By ranks: numbers in, a radix sort, nothing of an entry touched but what is given. */
export class RankSorter<R> extends Sorter<R> {
  readonly #ordering: RankOrdering;
  readonly #keys: Float64Array[];

  constructor(ordering: RankOrdering, window: RowWindow, emit: Emit<R>) {
    super(window, emit, RANKED_ROWS_PER_STEP);
    this.#ordering = ordering;
    this.#keys = ordering.ranks.map(() => new Float64Array(1024));
  }

  protected override isCurrent(): boolean {
    return this.#ordering.isCurrent();
  }

  protected override remember(slots: Int32Array, from: number, to: number): void {
    const at = this.slots.length;
    for (let k = 0; k < this.#keys.length; k++) {
      const key = (this.#keys[k] = roomFor(this.#keys[k]!, at, to - from));
      this.#ordering.ranks[k]!.write(slots, from, to, key, at);
    }
  }

  protected override sort(): Work<Int32Array> {
    const { data, length } = this.slots;
    // The sort destroys what it reads, and the slots may still be needed to fetch the rows.
    return sortRows(
      data.slice(0, length),
      this.#keys.map((key) => key.subarray(0, length)),
    );
  }
}

interface Item<K> {
  readonly key: K;
  readonly slot: number;
  /** Its number among all rows. */
  readonly row: number;
}

/** By values read from the entries: for attributes without a column, and when a column was rebuilt meanwhile. */
export class ValueSorter<K, R> extends Sorter<R> {
  readonly #ordering: Ordering<K>;
  /** Sorted runs, so that no array is large and no sort is long. */
  readonly #runs: Item<K>[][] = [];
  #run: Item<K>[] = [];

  constructor(ordering: Ordering<K>, window: RowWindow, emit: Emit<R>) {
    super(window, emit, RUN_LENGTH);
    this.#ordering = ordering;
  }

  protected override isCurrent(): boolean {
    return this.#ordering.isCurrent();
  }

  protected override remember(slots: Int32Array, from: number, to: number): void {
    let row = this.slots.length;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      this.#run.push({ key: this.#ordering.keyOf(slot), slot, row: row++ });
      if (this.#run.length === RUN_LENGTH) this.#closeRun();
    }
  }

  protected override *sort(): Work<Int32Array> {
    this.#closeRun();
    const sorted = yield* mergeRuns(this.#runs, this.#compare);
    const order = new Int32Array(sorted.length);
    for (let i = 0; i < sorted.length; i++) {
      order[i] = sorted[i]!.row;
      if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    return order;
  }

  #closeRun(): void {
    this.#runs.push(this.#run.sort(this.#compare));
    this.#run = [];
  }

  readonly #compare = (a: Item<K>, b: Item<K>): number => this.#ordering.compare(a.key, b.key) || a.slot - b.slot;
}

/** The array, or a larger copy, with room for `more` numbers after the first `length`. */
function roomFor(numbers: Float64Array, length: number, more: number): Float64Array {
  if (length + more <= numbers.length) return numbers;
  const grown = new Float64Array(Math.max(length + more, numbers.length * 2));
  grown.set(numbers.subarray(0, length));
  return grown;
}
