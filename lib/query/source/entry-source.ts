/** All that a query sees of a member's entries. */
import type { AttributeSet } from '../../indexes/attribute-set.ts';
import type { ColumnMemory } from '../../columns/column-memory.ts';
import type { LiveRows } from '../../columns/live-rows.ts';

export interface EntrySource {
  /** Live entries. */
  readonly size: number;
  /** Slots in use are below this number. */
  readonly top: number;
  /** Grows with every put, update and removal: equal before and after a pause means nothing happened. */
  readonly changes: number;
  /** Grows with every removal (a slot may have been given to another entry). */
  readonly removals: number;
  /** Columns and indexes. */
  readonly attributes: AttributeSet;
  readonly memory: ColumnMemory;
  /** Which slots hold an entry, as a bitmap in the column memory. */
  readonly live: LiveRows;
  /** The key as users see it. Only for live slots. */
  keyAt(slot: number): unknown;
  /** The value as it is kept (frozen): for evaluating conditions. Only for live slots. */
  storedAt(slot: number): unknown;
  /** The value in the form in which the map keeps it, to be sent to other members. Only for live slots. Left out: as `valueAt`. */
  storedFormAt?(slot: number): unknown;
  /** The value as handed out to users (a copy where the kept form could be changed). Only for live slots. */
  valueAt(slot: number): unknown;
  /**
   * As `valueAt` (`keyAt`) for the entries at `slots[from..to)`, written to `rows[at]` and on. Optional, for speed: large results are a loop over
   * this, and a loop inside is two to three times as fast as one around `valueAt`.
   */
  valuesAt?(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void;
  keysAt?(slots: Int32Array, from: number, to: number, rows: unknown[], at: number): void;
  partitionAt(slot: number): number;
  /**
   * Removes what has expired by now, so that no query sees it, for as long as a slice; whether that was all. If not, nothing may be looked at: ask
   * again after a pause. Cheap when nothing is due.
   */
  expireDue(): boolean;
}
