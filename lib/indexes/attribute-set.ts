/** All attributes of a map that are tracked by a column or an index, changed together with each entry. */
import type { Attribute } from '../../grammar/ast.ts';
import type { ColumnMemory } from '../columns/column-memory.ts';
import type { Column } from '../columns/column.ts';
import type { Index, IndexDefinition } from './index-contract.ts';
import type { EntryReader, Slices } from './slices.ts';
import { TrackedAttributes } from './tracked-attributes.ts';

export type { EntryReader, Slices } from './slices.ts';

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
   * `sliceMs`. Entries may change meanwhile (through this object). Without effect when there is, or is being built, an index of the same type and
   * attributes. On an empty map, while nothing else is being built, the index is there when the call returns.
   * Errors: ERR_INDEX when another index has the name.
   */
  addIndex(definition: IndexDefinition, reader: EntryReader, slices: Slices): Promise<void>;
  /** Tells that a query had to look at entries for this attribute; on the second time a column is built in the background if it fits the budget. */
  wanted(attribute: Attribute, reader: EntryReader, slices: Slices): void;
  /** Waits until nothing is being built. */
  settled(): Promise<void>;
  free(): void;
}

export interface AttributeSetOptions {
  readonly memory: ColumnMemory;
  /** Bytes for columns that only queries asked for. Columns of indexed attributes do not count. Default 64 MiB. */
  readonly columnBudgetBytes?: number;
}

const COLUMN_BUDGET_BYTES = 64 * 2 ** 20;

export function createAttributeSet({ memory, columnBudgetBytes = COLUMN_BUDGET_BYTES }: AttributeSetOptions): AttributeSet {
  return new TrackedAttributes(memory, columnBudgetBytes);
}
