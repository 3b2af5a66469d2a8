/** Fills an empty SORTED index: the large families are sorted and loaded as whole leaves, the small ones pair by pair. */
import type { BulkLoad } from './buildable-index.ts';
import type { Index } from './index-contract.ts';
import { textKey } from './key-encoding.ts';
import { sortNumbers } from './number-sort.ts';
import type { OrderedSlots } from './ordered-slots.ts';
import { TextSorter } from './text-sort.ts';

interface Families {
  readonly numbers: OrderedSlots<number>;
  readonly dates: OrderedSlots<number>;
  readonly texts: OrderedSlots<string>;
}

export class SortedLoad implements BulkLoad {
  readonly #index: Index;
  readonly #families: Families;
  readonly #numbers: NumberColumn;
  readonly #dates: NumberColumn;
  readonly #texts = new TextSorter();
  /** What is neither a double, a date nor a text, to be added in the ordinary way. */
  #rest: { readonly slots: number[]; readonly values: unknown[] } = { slots: [], values: [] };

  constructor(index: Index, families: Families, expected: number) {
    this.#index = index;
    this.#families = families;
    this.#numbers = new NumberColumn(expected);
    this.#dates = new NumberColumn(expected);
  }

  take(slot: number, values: readonly unknown[]): void {
    const value = values[0];
    if (typeof value === 'number' && !Number.isNaN(value)) this.#numbers.push(value + 0, slot);
    else if (typeof value === 'string') this.#texts.take(textKey(value), slot);
    else if (value instanceof Date && !Number.isNaN(value.getTime())) this.#dates.push(value.getTime(), slot);
    else if (typeof value === 'bigint') {
      this.#rest.slots.push(slot);
      this.#rest.values.push(value);
    } else this.#index.add(slot, values);
  }

  *finish(): Generator<void> {
    for (const [column, blocks] of [
      [this.#numbers, this.#families.numbers],
      [this.#dates, this.#families.dates],
    ] as const) {
      const { keys, slots } = yield* sortNumbers(column.pairs());
      yield* blocks.load({ slots, keys: (from, to) => keys.subarray(from, to), runEnd: (from) => runEnd(keys, from) });
    }
    yield* this.#families.texts.load(yield* this.#texts.finish());
    for (const [i, slot] of this.#rest.slots.entries()) {
      this.#index.add(slot, [this.#rest.values[i]]);
      if (i % 256 === 255) yield;
    }
  }
}

function runEnd(keys: Float64Array, from: number): number {
  const key = keys[from];
  let end = from + 1;
  while (end < keys.length && keys[end] === key) end++;
  return end;
}

/** Growing (double, slot) pairs. Room for all that is expected is taken at the first: untouched memory costs nothing. */
class NumberColumn {
  readonly #expected: number;
  #keys = new Float64Array(0);
  #slots = new Int32Array(0);
  #length = 0;

  constructor(expected: number) {
    this.#expected = Math.max(16, expected);
  }

  push(key: number, slot: number): void {
    if (this.#length === this.#keys.length) this.#grow();
    this.#keys[this.#length] = key;
    this.#slots[this.#length++] = slot;
  }

  pairs(): { keys: Float64Array; slots: Int32Array } {
    return { keys: this.#keys.subarray(0, this.#length), slots: this.#slots.subarray(0, this.#length) };
  }

  #grow(): void {
    const capacity = Math.max(this.#expected, this.#length * 2);
    const keys = new Float64Array(capacity);
    const slots = new Int32Array(capacity);
    keys.set(this.#keys);
    slots.set(this.#slots);
    this.#keys = keys;
    this.#slots = slots;
  }
}
