/** One attribute of a map that a column or an index is kept of, or that queries asked for. */
import type { Attribute } from '../../grammar/ast.ts';
import type { Column } from '../columns/column.ts';
import { attributeReader, type AttributeReader } from '../data/attribute.ts';
import type { BuildableIndex } from './buildable-index.ts';

/** One attribute with all that is kept of it. */
export interface Tracked {
  readonly attribute: Attribute;
  readonly read: AttributeReader;
  column: Column | undefined;
  /** Whether the column has all entries. */
  complete: boolean;
  /** Complete indexes of this attribute alone. */
  readonly indexes: BuildableIndex[];
  /** Whether an index, of this attribute alone or not, is there or being built: then its column is no matter of budget. */
  indexed: boolean;
  wanted: number;
  lastWanted: number;
  /** Turned out too large for the budget. */
  refused: boolean;
}

/** A complete index of several attributes, with room for the values of one entry before and after a change. */
export interface Composite {
  readonly index: BuildableIndex;
  readonly readers: readonly AttributeReader[];
  readonly before: unknown[];
  readonly after: unknown[];
}

export function track(attribute: Attribute): Tracked {
  return {
    attribute,
    read: attributeReader(attribute),
    column: undefined,
    complete: false,
    indexes: [],
    indexed: false,
    wanted: 0,
    lastWanted: 0,
    refused: false,
  };
}

/** Reads all attributes of an entry into `values`, and returns it. */
export function readInto(values: unknown[], readers: readonly AttributeReader[], key: unknown, value: unknown): unknown[] {
  for (let i = 0; i < readers.length; i++) values[i] = readers[i]!(key, value);
  return values;
}

/** Whether columns and indexes would notice no difference. */
export function isUnchanged(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  return (a === undefined || a === null) && (b === undefined || b === null);
}
