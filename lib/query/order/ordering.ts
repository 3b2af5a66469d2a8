/**
 * What rows are ordered by, in one of two forms.
 *
 * Ranks: numbers that columns give per slot, in the order of the values. Comparing is one subtraction and no entry is touched, but ranks of different
 * generations of a column can't be compared. Values: read from the entry and compared by the one total order; always possible.
 * In both forms descending is the exact reverse (so null is last ascending and first descending, as in PostgreSQL), and slots break ties upwards.
 */
import type { Column } from '../../columns/column.ts';
import { attributeReader } from '../../data/attribute.ts';
import { compareValues } from '../../data/compare.ts';
import { compareKeys } from './compare-keys.ts';
import type { EntrySource } from '../source/entry-source.ts';
import type { OrderBy } from '../source/request.ts';

/** Numbers that ascend in the wanted direction. */
export interface Ranks {
  of(slot: number): number;
  /** Those of `slots[from..to)`, written to `out[at]` and on. */
  write(slots: Int32Array, from: number, to: number, out: Float64Array, at: number): void;
}

export interface Ordering<K> {
  /** One per attribute, if the ordering is by ranks; empty when the order is that of slots. */
  readonly ranks: readonly Ranks[] | undefined;
  /** What the slot's entry is ordered by. */
  keyOf(slot: number): K;
  compare(a: K, b: K): number;
  /** Whether more than the ranks decides before slots do. */
  readonly hasTieBreak?: boolean;
  /** Whether what is asked for now can be compared with what was asked for before. */
  isCurrent(): boolean;
}

export type RankOrdering = Ordering<readonly number[]> & { readonly ranks: readonly Ranks[] };
export type ValueOrdering = Ordering<readonly unknown[]>;

/** By the columns' ranks; undefined if some attribute has no column, or one that can't rank. */
export function rankOrdering(orderBy: readonly OrderBy[], source: EntrySource): RankOrdering | undefined {
  const columns: Column[] = [];
  const ranks: Ranks[] = [];
  for (const { attribute, direction } of orderBy) {
    const column = source.attributes.column(attribute.text);
    const of = column?.ranks();
    if (column === undefined || of === undefined) return undefined;
    columns.push(column);
    ranks.push(direction === 'asc' ? ascending(of, column) : descending(ascending(of, column)));
  }
  const { version } = source.attributes;
  const generation = sumOfGenerations(columns);
  return {
    ranks,
    keyOf: (slot) => ranks.map((rank) => rank.of(slot)),
    compare: compareRanks,
    isCurrent: () => source.attributes.version === version && sumOfGenerations(columns) === generation,
  };
}

export function valueOrdering(orderBy: readonly OrderBy[], source: EntrySource): ValueOrdering {
  const readers = orderBy.map(({ attribute }) => attributeReader(attribute));
  const signs = orderBy.map(({ direction }) => (direction === 'asc' ? 1 : -1));
  const needsKey = orderBy.some(({ attribute }) => attribute.root === 'key');
  return {
    ranks: undefined,
    keyOf(slot) {
      const key = needsKey ? source.keyAt(slot) : undefined;
      const value = source.storedAt(slot);
      return readers.map((read) => read(key, value));
    },
    compare(a, b) {
      for (let i = 0; i < signs.length; i++) {
        const order = compareValues(a[i], b[i]);
        if (order !== 0) return order * signs[i]!;
      }
      return 0;
    },
    isCurrent: () => true,
  };
}

/** The same order, in which ties go by key. */
export function tiedByKey<K>(ordering: Ordering<K>, source: EntrySource): Ordering<readonly [of: K, key: unknown]> {
  return {
    ranks: ordering.ranks,
    hasTieBreak: true,
    keyOf: (slot) => [ordering.keyOf(slot), source.keyAt(slot)],
    compare: (a, b) => ordering.compare(a[0], b[0]) || compareKeys(a[1], b[1]),
    isCurrent: () => ordering.isCurrent(),
  };
}

function ascending(of: (slot: number) => number, column: Column): Ranks {
  return {
    of,
    write(slots, from, to, out, at) {
      if (column.writeRanks !== undefined) column.writeRanks(slots, from, to, out, at);
      else for (let i = from; i < to; i++) out[at++] = of(slots[i]!);
    },
  };
}

function descending(ranks: Ranks): Ranks {
  return {
    of: (slot) => -ranks.of(slot),
    write(slots, from, to, out, at) {
      ranks.write(slots, from, to, out, at);
      for (let i = at; i < at + to - from; i++) out[i] = -out[i]!;
    },
  };
}

/** Ranks may be infinite, so that subtracting them won't do. */
function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return -1;
    if (a[i]! > b[i]!) return 1;
  }
  return 0;
}

/** Each generation only grows, so that their sum changes with any of them. */
function sumOfGenerations(columns: readonly Column[]): number {
  let sum = 0;
  for (const column of columns) sum += column.generation;
  return sum;
}
