/** Rows of a query as they travel: keys, values in the form in which the map keeps them, both, or some attributes. */
import { storedFromWire, storedToWire, userFromWire, userToWire } from '../data/codec.ts';
import { fromKey, toKey } from '../data/key.ts';
import type { ArrivedRows } from '../transport/rows.ts';
import type { ValueForm } from '../data/value.ts';
import type { Wanted } from '../query/query-engine.ts';

type Entry = readonly [key: unknown, stored: unknown];
type Attributes = Readonly<Record<string, unknown>>;

/** Rows as `QueryEngine.kept` gives them. */
export function rowsToWire(rows: readonly unknown[], wanted: Wanted, form: ValueForm): readonly unknown[] {
  switch (wanted) {
    case 'keys':
      return rows;
    case 'values':
      return rows.map((stored) => storedToWire(form, stored));
    case 'entries':
      return (rows as readonly Entry[]).map(([key, stored]) => [key, storedToWire(form, stored)]);
    default:
      return (rows as readonly Attributes[]).map((row) => wanted.map(({ text }) => partToWire(row[text])));
  }
}

/** The rows again, of the form that `rowsToWire` was given, each made when it is looked at. */
export function rowsFromWire(wire: ArrivedRows, wanted: Wanted, form: ValueForm): ArrivedRows {
  const read = readerOf(wanted, form);
  return { length: wire.length, at: (position) => read(wire.at(position)) };
}

function readerOf(wanted: Wanted, form: ValueForm): (row: unknown) => unknown {
  switch (wanted) {
    case 'keys':
      return keyFrom;
    case 'values':
      return (stored) => storedFromWire(form, stored);
    case 'entries':
      return (row) => {
        const [key, stored] = row as Entry;
        return [keyFrom(key), storedFromWire(form, stored)];
      };
    default:
      return (row) => Object.fromEntries(wanted.map(({ text }, column) => [text, partFromWire((row as readonly unknown[])[column])]));
  }
}

/** What users get. */
export function rowForUser(row: unknown, wanted: Wanted, form: ValueForm): unknown {
  if (wanted === 'values') return form.handOut(row);
  if (wanted !== 'entries') return row;
  const [key, stored] = row as Entry;
  return [key, form.handOut(stored)];
}

function keyFrom(wire: unknown): unknown {
  return typeof wire === 'object' ? fromKey(toKey(wire)) : wire;
}

function partToWire(part: unknown): unknown {
  return typeof part === 'object' ? userToWire(part) : part;
}

function partFromWire(wire: unknown): unknown {
  return typeof wire === 'object' ? userFromWire(wire) : wire;
}
