/** What a query gives for each entry: its value, its key, both, or some of its attributes. */
import type { Attribute } from '../../../grammar/ast.ts';
import { attributeReader } from '../../data/attribute.ts';
import type { EntrySource } from '../source/entry-source.ts';
import type { OrderBy } from '../source/request.ts';

export interface Emit<R> {
  /** Rows that take about half a millisecond. */
  readonly rowsPerStep: number;
  /** Writes what is wanted of the entries at `slots[from..to)`, all of them live, to `rows[at]` and on. */
  write(slots: Int32Array, from: number, to: number, rows: R[], at: number): void;
}

/** For what is only handed over, and for what is made anew for each row. */
const REFERENCES_PER_STEP = 65_536;
const OBJECTS_PER_STEP = 4096;

// One loop for each, so that each stays monomorphic.

export function emitValues(source: EntrySource): Emit<unknown> {
  return {
    rowsPerStep: REFERENCES_PER_STEP,
    write(slots, from, to, rows, at) {
      if (source.valuesAt !== undefined) source.valuesAt(slots, from, to, rows, at);
      else for (let i = from; i < to; i++) rows[at++] = source.valueAt(slots[i]!);
    },
  };
}

export function emitKeys(source: EntrySource): Emit<unknown> {
  return {
    rowsPerStep: REFERENCES_PER_STEP,
    write(slots, from, to, rows, at) {
      if (source.keysAt !== undefined) source.keysAt(slots, from, to, rows, at);
      else for (let i = from; i < to; i++) rows[at++] = source.keyAt(slots[i]!);
    },
  };
}

export function emitEntries(source: EntrySource): Emit<unknown> {
  return {
    rowsPerStep: OBJECTS_PER_STEP,
    write(slots, from, to, rows, at) {
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        rows[at++] = [source.keyAt(slot), source.valueAt(slot)];
      }
    },
  };
}

/** Plain objects of the attributes, keyed by path; a missing attribute is undefined. */
export function emitAttributes(source: EntrySource, attributes: readonly Attribute[]): Emit<unknown> {
  const readers = attributes.map((attribute) => ({ path: attribute.text, read: attributeReader(attribute) }));
  const needsKey = attributes.some((attribute) => attribute.root === 'key');
  return {
    rowsPerStep: OBJECTS_PER_STEP,
    write(slots, from, to, rows, at) {
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        const key = needsKey ? source.keyAt(slot) : undefined;
        const value = source.valueAt(slot);
        const row: Record<string, unknown> = {};
        for (const { path, read } of readers) row[path] = read(key, value);
        rows[at++] = row;
      }
    },
  };
}

/** Values in the form in which they are kept, by themselves or with their keys. */
export function emitStored(source: EntrySource, withKeys: boolean): Emit<unknown> {
  return {
    rowsPerStep: withKeys ? OBJECTS_PER_STEP : REFERENCES_PER_STEP,
    write(slots, from, to, rows, at) {
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        const stored = source.storedFormAt === undefined ? source.valueAt(slot) : source.storedFormAt(slot);
        rows[at++] = withKeys ? [source.keyAt(slot), stored] : stored;
      }
    },
  };
}

/** A row with the values it is ordered by, as they are kept: to be compared, not to be given to users. */
export interface OrderedRow {
  readonly row: unknown;
  readonly by: readonly unknown[];
}

/** What `inner` gives, with what it is ordered by. */
export function emitOrdered(source: EntrySource, inner: Emit<unknown>, orderBy: readonly OrderBy[]): Emit<OrderedRow> {
  const readers = orderBy.map(({ attribute }) => attributeReader(attribute));
  const needsKey = orderBy.some(({ attribute }) => attribute.root === 'key');
  return {
    rowsPerStep: OBJECTS_PER_STEP,
    write(slots, from, to, rows, at) {
      const given: unknown[] = [];
      inner.write(slots, from, to, given, 0);
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        const key = needsKey ? source.keyAt(slot) : undefined;
        const value = source.storedAt(slot);
        rows[at++] = { row: given[i - from], by: readers.map((read) => read(key, value)) };
      }
    },
  };
}

/** A key and where it is. */
export interface PlacedKey {
  readonly key: unknown;
  readonly partition: number;
}

export function emitPlacedKeys(source: EntrySource): Emit<PlacedKey> {
  return {
    rowsPerStep: OBJECTS_PER_STEP,
    write(slots, from, to, rows, at) {
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        rows[at++] = { key: source.keyAt(slot), partition: source.partitionAt(slot) };
      }
    },
  };
}
