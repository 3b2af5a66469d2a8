/**
 * Aggregations over matches, as PostgreSQL computes them.
 *
 * Null (and missing) is left out of everything but `count()` of entries and the groups of `groupBy`. Over no values sum, avg, min and max are
 * undefined. `sum` and `avg` take numbers and bigints and pass over what is neither; NaN makes them NaN; a sum is a bigint if all that was summed is,
 * else a number, added with compensation (Neumaier 1974) so that the order of entries does not matter to the last digits. `min` and `max` go by the
 * total order, in which NaN is above all numbers. What equals in a comparison is one value to `distinct` and one group.
 */
import type { Aggregator } from '../../api/query.ts';
import { type AttributeReader, attributeReader } from '../../data/attribute.ts';
import { compareValues, family } from '../../data/compare.ts';
import { OTHERS, wordOf } from '../../indexes/value-codes.ts';
import type { Collector } from './collector.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { attributeOf } from '../predicates/parsed.ts';
import type { Work } from './work.ts';

export type AnyAggregator = Aggregator<never, unknown>;

/** Takes one entry after the other, then tells. */
interface Accumulator {
  add(key: unknown, stored: unknown, slot: number): void;
  result(): unknown;
  /** What was taken, for the same accumulator elsewhere to go on with; values are as users have them. */
  state(): unknown;
  /** Takes what another one took. */
  merge(state: unknown): void;
}

/** One result from the states of the same aggregation over several members' entries. */
export function mergeAggregates(aggregator: AnyAggregator, states: readonly unknown[]): unknown {
  const accumulator = accumulatorMaker(aggregator, NOWHERE)();
  for (const state of states) accumulator.merge(state);
  return accumulator.result();
}

/** Where an entry's value is read for users; asked only when entries are added. */
type Values = Pick<EntrySource, 'keyAt' | 'valueAt'>;

const NOWHERE: Values = {
  keyAt: (): never => {
    throw new RangeError('states are merged where there are no entries');
  },
  valueAt: (): never => {
    throw new RangeError('states are merged where there are no entries');
  },
};

export class Aggregation implements Collector<Pick<Accumulator, 'result' | 'state'>> {
  readonly isFull = false;
  readonly wantsSize = false;
  readonly rowsPerStep: number = 4096;
  readonly #source: EntrySource;
  readonly #accumulator: Accumulator;

  constructor(aggregator: AnyAggregator, source: EntrySource) {
    this.#source = source;
    this.#accumulator = accumulatorMaker(aggregator, source)();
  }

  expect(): void {}

  take(slots: Int32Array, from: number, to: number): void {
    const source = this.#source;
    const accumulator = this.#accumulator;
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      accumulator.add(source.keyAt(slot), source.storedAt(slot), slot);
    }
  }

  settle(): void {}

  canGoOn(): boolean {
    return true;
  }

  // oxlint-disable-next-line require-yield
  *finish(): Work<Pick<Accumulator, 'result' | 'state'>> {
    return this.#accumulator;
  }
}

/** A maker, because `groupBy` needs one accumulator per group. */
function accumulatorMaker({ kind, path, inner }: AnyAggregator, source: Values): () => Accumulator {
  const read = path === undefined ? undefined : attributeReader(attributeOf(path));
  if (read === undefined) {
    if (kind === 'count') return () => new EntryCount();
    throw new TypeError(`the aggregation ${kind} needs an attribute`);
  }
  switch (kind) {
    case 'count':
      return () => new ValueCount(read);
    case 'sum':
      return () => new Sum(read, false);
    case 'avg':
      return () => new Sum(read, true);
    case 'min':
      return () => new Extreme(read, -1);
    case 'max':
      return () => new Extreme(read, 1);
    case 'distinct':
      return () => new Distinct(read, source);
    case 'groupBy': {
      if (inner === undefined) throw new TypeError('groupBy needs an aggregation for each group');
      const makeInner = accumulatorMaker(inner, source);
      return () => new Groups(read, source, makeInner);
    }
  }
}

class EntryCount implements Accumulator {
  #count = 0;

  add(): void {
    this.#count++;
  }

  result(): number {
    return this.#count;
  }

  state(): number {
    return this.#count;
  }

  merge(state: number): void {
    this.#count += state;
  }
}

/** Values that are not null. */
class ValueCount implements Accumulator {
  readonly #read: AttributeReader;
  #count = 0;

  constructor(read: AttributeReader) {
    this.#read = read;
  }

  add(key: unknown, stored: unknown): void {
    if (family(this.#read(key, stored)) !== 'null') this.#count++;
  }

  result(): number {
    return this.#count;
  }

  state(): number {
    return this.#count;
  }

  merge(state: number): void {
    this.#count += state;
  }
}

type SumState = readonly [count: number, numbers: number, sum: number, lost: number, bigints: bigint];

class Sum implements Accumulator {
  readonly #read: AttributeReader;
  readonly #average: boolean;
  #count = 0;
  #numbers = 0;
  #sum = 0;
  /** What rounding has lost of `#sum` so far. */
  #lost = 0;
  #bigints = 0n;

  constructor(read: AttributeReader, average: boolean) {
    this.#read = read;
    this.#average = average;
  }

  add(key: unknown, stored: unknown): void {
    const value = this.#read(key, stored);
    if (typeof value === 'bigint') this.#bigints += value;
    else if (typeof value !== 'number') return;
    else this.#addNumber(value);
    this.#count++;
  }

  result(): number | bigint | undefined {
    if (this.#count === 0) return undefined;
    if (this.#numbers === 0 && !this.#average) return this.#bigints;
    if (this.#bigints !== 0n) this.#addNumber(Number(this.#bigints));
    // Once the sum is infinite or NaN, what was lost is NaN and means nothing.
    const sum = Number.isFinite(this.#sum) ? this.#sum + this.#lost : this.#sum;
    return this.#average ? sum / this.#count : sum;
  }

  state(): SumState {
    return [this.#count, this.#numbers, this.#sum, this.#lost, this.#bigints];
  }

  merge([count, numbers, sum, lost, bigints]: SumState): void {
    if (numbers > 0) this.#addNumber(sum);
    // Of a sum that is infinite or NaN, what was lost is NaN and means nothing.
    if (Number.isFinite(sum)) this.#lost += lost;
    this.#numbers += numbers - Math.min(numbers, 1);
    this.#bigints += bigints;
    this.#count += count;
  }

  #addNumber(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
    this.#numbers++;
  }
}

class Extreme implements Accumulator {
  readonly #read: AttributeReader;
  /** 1 for the greatest, -1 for the least. */
  readonly #sign: 1 | -1;
  #value: unknown = undefined;

  constructor(read: AttributeReader, sign: 1 | -1) {
    this.#read = read;
    this.#sign = sign;
  }

  add(key: unknown, stored: unknown): void {
    this.merge(this.#read(key, stored));
  }

  result(): unknown {
    return this.#value;
  }

  state(): unknown {
    return this.#value;
  }

  merge(value: unknown): void {
    const kind = family(value);
    // Objects and lists have no order among themselves.
    if (kind === 'null' || kind === 'other') return;
    if (this.#value === undefined || compareValues(value, this.#value) * this.#sign > 0) this.#value = value;
  }
}

class Distinct implements Accumulator {
  readonly #read: AttributeReader;
  readonly #source: Values;
  readonly #values = new Map<unknown, unknown>();

  constructor(read: AttributeReader, source: Values) {
    this.#read = read;
    this.#source = source;
  }

  add(key: unknown, stored: unknown, slot: number): void {
    const value = this.#read(key, stored);
    if (family(value) === 'null') return;
    const id = identity(value);
    if (!this.#values.has(id)) this.#values.set(id, forUsers(value, this.#read, this.#source, slot));
  }

  /** A Set of the values, in the order they were met. */
  result(): Set<unknown> {
    return new Set(this.#values.values());
  }

  state(): readonly unknown[] {
    return [...this.#values.values()];
  }

  merge(state: readonly unknown[]): void {
    for (const value of state) {
      const id = identity(value);
      if (!this.#values.has(id)) this.#values.set(id, value);
    }
  }
}

type GroupStates = readonly (readonly [value: unknown, inner: unknown])[];

class Groups implements Accumulator {
  readonly #read: AttributeReader;
  readonly #source: Values;
  readonly #make: () => Accumulator;
  readonly #groups = new Map<unknown, { readonly value: unknown; readonly accumulator: Accumulator }>();

  constructor(read: AttributeReader, source: Values, make: () => Accumulator) {
    this.#read = read;
    this.#source = source;
    this.#make = make;
  }

  add(key: unknown, stored: unknown, slot: number): void {
    const value = this.#read(key, stored) ?? null;
    const id = identity(value);
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { value: forUsers(value, this.#read, this.#source, slot), accumulator: this.#make() };
      this.#groups.set(id, group);
    }
    group.accumulator.add(key, stored, slot);
  }

  /** A Map from each value to its group's result, in the order they were met; entries without a value are the group `null`. */
  result(): Map<unknown, unknown> {
    const results = new Map<unknown, unknown>();
    for (const { value, accumulator } of this.#groups.values()) results.set(value, accumulator.result());
    return results;
  }

  state(): GroupStates {
    return Array.from(this.#groups.values(), ({ value, accumulator }) => [value, accumulator.state()] as const);
  }

  merge(state: GroupStates): void {
    for (const [value, inner] of state) {
      const id = identity(value);
      let group = this.#groups.get(id);
      if (group === undefined) this.#groups.set(id, (group = { value, accumulator: this.#make() }));
      group.accumulator.merge(inner);
    }
  }
}

/** The same for two values exactly when they are equal; objects and lists are equal only to themselves. */
function identity(value: unknown): unknown {
  const word = wordOf(value);
  return word === OTHERS ? value : word;
}

/** The value as users may have it: what can be changed, such as bytes, is read from a copy. */
function forUsers(value: unknown, read: AttributeReader, source: Values, slot: number): unknown {
  return family(value) === 'other' ? read(source.keyAt(slot), source.valueAt(slot)) : value;
}
