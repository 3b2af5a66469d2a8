/** What a query gives for each entry: its value, its key, both, or some of its attributes. */
import type { Attribute } from '../../grammar/ast.ts';
import { attributeReader } from '../data/attribute.ts';
import type { EntrySource } from './entry-source.ts';

/** Writes what is wanted of the entries at `slots[from..to)` to `rows[at]` and on. All slots are live. */
export type Emit<R> = (slots: Int32Array, from: number, to: number, rows: R[], at: number) => void;

// One loop for each, so that each stays monomorphic.

export function emitValues(source: EntrySource): Emit<unknown> {
  if (source.valuesAt !== undefined) return (slots, from, to, rows, at) => source.valuesAt?.(slots, from, to, rows, at);
  return (slots, from, to, rows, at) => {
    for (let i = from; i < to; i++) rows[at++] = source.valueAt(slots[i]!);
  };
}

export function emitKeys(source: EntrySource): Emit<unknown> {
  if (source.keysAt !== undefined) return (slots, from, to, rows, at) => source.keysAt?.(slots, from, to, rows, at);
  return (slots, from, to, rows, at) => {
    for (let i = from; i < to; i++) rows[at++] = source.keyAt(slots[i]!);
  };
}

export function emitEntries(source: EntrySource): Emit<unknown> {
  return (slots, from, to, rows, at) => {
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      rows[at++] = [source.keyAt(slot), source.valueAt(slot)];
    }
  };
}

/** Plain objects of the attributes, keyed by path; a missing attribute is undefined. */
export function emitAttributes(source: EntrySource, attributes: readonly Attribute[]): Emit<unknown> {
  const readers = attributes.map((attribute) => ({ path: attribute.text, read: attributeReader(attribute) }));
  const needsKey = attributes.some((attribute) => attribute.root === 'key');
  return (slots, from, to, rows, at) => {
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      const key = needsKey ? source.keyAt(slot) : undefined;
      const value = source.valueAt(slot);
      const row: Record<string, unknown> = {};
      for (const { path, read } of readers) row[path] = read(key, value);
      rows[at++] = row;
    }
  };
}
