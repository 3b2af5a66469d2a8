/** From an attribute to what it is in the table: a column, something inside a jsonb column, or nothing. */
import type { Attribute, PathStep } from '../../../grammar/ast.ts';
import { readSelected } from '../codecs.ts';
import type { DocumentMapping, MappedColumn } from '../mapping.ts';
import { booleanSubject } from './booleans.ts';
import { narrowedBy } from './documents.ts';
import type { ColumnFacts, TableFacts } from './facts.ts';
import { NotPushed, type Bindings } from './fragments.ts';
import { jsonSubject } from './json.ts';
import { floatSubject, integerSubject, isIntegerType, numericSubject } from './numbers.ts';
import { ABSENT, incomparable, type Subject } from './subject.ts';
import { dateSubject, textSubject, uuidSubject } from './texts.ts';
import { timestampSubject } from './times.ts';

/** The columns that keys and values are made of. */
export interface PushedColumns {
  readonly key: readonly MappedColumn[];
  /** Those that the value has as attributes; key columns too, if it has them. */
  readonly value: readonly MappedColumn[];
  /** What holds all other attributes of the value, if there is one. */
  readonly document: DocumentMapping | undefined;
}

/** Names that are no attributes, whatever a column is called. */
const NEVER: ReadonlySet<string> = new Set(['__proto__', 'constructor']);
const WHOLE = incomparable('FALSE', 'TRUE');

/** Errors: NotPushed. */
export function subjectOf({ root, steps }: Attribute, columns: PushedColumns, facts: TableFacts, bindings: Bindings): Subject {
  if (steps.some(({ kind }) => kind === 'any')) throw new NotPushed('[any] is looked for in memory');
  if (steps.some((step) => step.kind === 'name' && NEVER.has(step.name))) return ABSENT;
  const [first, ...rest] = steps;
  if (root === 'key' && columns.key.length === 1) return columnSubject(columns.key[0]!, steps, facts, bindings);
  const among = root === 'key' ? columns.key : columns.value;
  const column = first?.kind === 'name' ? among.find(({ attribute }) => attribute === first.name) : undefined;
  if (column !== undefined) return columnSubject(column, rest, facts, bindings);
  const { document } = columns;
  if (root === 'value' && document !== undefined && (first?.kind === 'name' || among.length === 0)) {
    return documentSubject(document, steps, facts, bindings);
  }
  return first === undefined ? WHOLE : ABSENT;
}

function documentSubject(
  { column, promoted }: DocumentMapping,
  steps: readonly PathStep[],
  facts: TableFacts,
  bindings: Bindings,
): Subject {
  const inside = columnSubject(column, steps, facts, bindings);
  const [first] = steps;
  const repeated = steps.length === 1 && first?.kind === 'name' ? promoted.find(({ attribute }) => attribute === first.name) : undefined;
  return repeated === undefined ? inside : narrowedBy(repeated, inside, facts.utf8, bindings);
}

function columnSubject(mapped: MappedColumn, steps: readonly PathStep[], facts: TableFacts, bindings: Bindings): Subject {
  const { column, castName, attribute } = mapped;
  if (mapped.fromColumn !== undefined) throw new NotPushed(`'${attribute}' has a converter`);
  if (castName === 'jsonb' && !mapped.isArray) return jsonSubject(column, steps, facts.utf8, bindings);
  if (mapped.isArray || castName === 'bytea') {
    if (steps.length > 0) throw new NotPushed(`'${attribute}' is ${castName}: what is inside is looked at in memory`);
    return incomparable(`${column} IS NULL`, `${column} IS NOT NULL`);
  }
  if (castName === 'json') throw new NotPushed(`'${attribute}' is json: only jsonb can be searched`);
  if (castName === 'bpchar' || castName === 'character')
    throw new NotPushed(`'${attribute}' is character(n), which forgets its padding when compared`);
  if (steps.length > 0) {
    if (castName.startsWith('timestamp')) throw new NotPushed(`'${attribute}' is no object`);
    return ABSENT;
  }
  return scalarSubject(mapped, facts.columns.get(column), facts.utf8, bindings);
}

function scalarSubject(
  { column, castName, codec }: MappedColumn,
  facts: ColumnFacts | undefined,
  utf8: boolean,
  bindings: Bindings,
): Subject {
  const deterministic = facts?.deterministic ?? false;
  switch (castName) {
    case 'boolean':
      return booleanSubject(column);
    case 'real':
    case 'double precision':
      return floatSubject(column, bindings);
    case 'timestamp with time zone':
      return timestampSubject(column, 'timestamptz', bindings);
    case 'timestamp without time zone':
      return timestampSubject(column, 'timestamp', bindings);
    case 'date':
      return dateSubject(column, bindings);
    case 'uuid':
      return uuidSubject(column, bindings);
    case 'text':
    case 'character varying':
      return textSubject({ sql: column, column, deterministic, utf8 }, bindings);
  }
  const isNumber = castName === 'numeric' || isIntegerType(castName);
  // Depending on the store's options the map has numbers of a column, or their digits.
  if (isNumber && typeof readSelected(codec, '1') !== 'string') {
    return castName === 'numeric' ? numericSubject(column, bindings) : integerSubject(column, castName, bindings);
  }
  // A composite value of nulls alone IS NULL too, though it is there: its text is not.
  return textSubject(
    { sql: `${column}::text`, column: isNumber ? column : `${column}::text`, deterministic: isNumber || deterministic, utf8 },
    bindings,
  );
}
