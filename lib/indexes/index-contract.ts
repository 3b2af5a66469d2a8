/** What every index promises. An index maps values of its attributes to slots; it knows nothing of entries. */
import type { ValueSet } from '../data/value-set.ts';

export type IndexType = 'SORTED' | 'HASH' | 'BITMAP';

export interface IndexDefinition {
  readonly name: string;
  readonly type: IndexType;
  /** Canonical attribute paths; more than one for a composite index. */
  readonly attributes: readonly string[];
}

/** A growable list of slots; `data` may be replaced when it grows. */
export interface SlotList {
  data: Int32Array;
  length: number;
  reserve(more: number): void;
}

export interface Index {
  readonly definition: IndexDefinition;
  /** Entries in the index. */
  readonly size: number;
  readonly bytes: number;
  /** Grows with every change of the index. */
  readonly version: number;
  /** `values` are the entry's values of the index's attributes, in their order. Null (and missing) are indexed like any value. */
  add(slot: number, values: readonly unknown[]): void;
  /** `values` must be those of `add`. */
  remove(slot: number, values: readonly unknown[]): void;
  /**
   * How many slots `collect` would give for conditions on the leading attributes (one set for a one-attribute index; for a composite
   * one, sets of points and at last one of any kind). `undefined`: this index can't answer. Cost: logarithmic, or per point or interval.
   */
  estimate(sets: readonly ValueSet[]): IndexEstimate | undefined;
  /** Appends the slots, each once, in no promised order. Only after `estimate` gave an answer. */
  collect(sets: readonly ValueSet[], out: SlotList): void;
}

export interface IndexEstimate {
  readonly count: number;
  /** Whether every collected slot satisfies the sets; if not, they are candidates to be verified with `ValueSet.has`. */
  readonly exact: boolean;
  /** Whether `count` is exactly what `collect` gives. */
  readonly counted: boolean;
}

/**
 * An index that also knows the order. A composite one walks by all its attributes: ties of the first are in the order of the second, and so on. In it a
 * bigint from 2^53 on comes right after a double that equals it, instead of tying with it.
 */
export interface OrderedIndex extends Index {
  /**
   * Visits slots in the order of `data/compare` (null last) and, within one value, by slot; downwards when `descending` (null first, slots
   * still ascending within a value). Stops when `visit` returns true; the index must not be changed meanwhile. Returns whether it came to the end.
   */
  walk(descending: boolean, visit: (slot: number) => boolean): boolean;
  /** As `walk`, but only slots whose (first) value is in the set. */
  walkWithin(set: ValueSet, descending: boolean, visit: (slot: number) => boolean): boolean;
}
