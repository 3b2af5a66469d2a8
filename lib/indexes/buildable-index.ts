/** What an index offers beyond `Index` to the attribute set that maintains it: emptying and loading in bulk. */
import type { Index } from './index-contract.ts';

export interface BuildableIndex extends Index {
  /** Removes everything. */
  clear(): void;
  /** Prepares to fill the empty index with about `expected` entries. Until the load is finished the index must not be used or changed. */
  bulk(expected: number): BulkLoad;
}

/** One load in bulk. */
export interface BulkLoad {
  /** Slots must come in ascending order, each at most once. */
  take(slot: number, values: readonly unknown[]): void;
  /** Builds the index from what was taken, in steps of at most about a millisecond: run it to its end. */
  finish(): Generator<void>;
}
