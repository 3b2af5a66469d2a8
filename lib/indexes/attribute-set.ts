/** All attributes of a map that are tracked by a column or an index, changed together with each entry. */
import type { Attribute } from '../../grammar/ast.ts';
import type { Column } from '../columns/column.ts';
import type { Index, IndexDefinition } from './index-contract.ts';

/** Where a build on existing data reads from. */
export interface EntryReader {
  readonly top: number;
  isLive(slot: number): boolean;
  /** The stored (frozen) key or value. */
  keyAt(slot: number): unknown;
  storedAt(slot: number): unknown;
}

export interface AttributeSet {
  /** Grows when a column or an index appears or goes: plans made before are stale. */
  readonly version: number;
  readonly bytes: number;
  /** A new entry at `slot`. */
  insert(slot: number, key: unknown, value: unknown): void;
  /** The entry at `slot` has another value. */
  update(slot: number, key: unknown, before: unknown, after: unknown): void;
  remove(slot: number, key: unknown, value: unknown): void;
  /** All entries are gone. */
  clear(): void;
  /** The attribute's column, if it is complete. */
  column(attribute: string): Column | undefined;
  /** Complete indexes. */
  readonly indexes: readonly Index[];
  readonly definitions: readonly IndexDefinition[];
  /**
   * Adds an index and, for each of its attributes, a column; builds them on the entries of `reader` in slices, calling `pause` about every
   * `sliceMs`. Entries may change meanwhile (through this object). Without effect when an equal definition exists. Throws IndexError.
   */
  addIndex(definition: IndexDefinition, reader: EntryReader, slices: Slices): Promise<void>;
  /** Tells that a query had to look at entries for this attribute; on the second time a column is built in the background if it fits the budget. */
  wanted(attribute: Attribute, reader: EntryReader, slices: Slices): void;
  /** Waits until nothing is being built. */
  settled(): Promise<void>;
  free(): void;
}

/** How long work goes on before it gives the event loop back. */
export interface Slices {
  now(): number;
  readonly sliceMs: number;
  pause(): Promise<void>;
}
