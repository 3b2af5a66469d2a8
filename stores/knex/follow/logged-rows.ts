/** Rows as the server's log has them, as keys and values: by the codecs that loads go by. */
import { quoteName } from '../names.ts';
import type { Rows } from '../rows.ts';
import type { Relation, Tuple } from './pgoutput.ts';

export interface LoggedRows<K, V> {
  keyOf(row: Tuple): K;
  /** `undefined` when the log does not tell all of it: a long column that was not changed, a generated one. */
  valueOf(row: Tuple): V | undefined;
}

/**
 * For one relation as the stream describes it. Columns that we read through a cast have another binary form than their own, unless they are
 * enumerations (`sameForm`): rows with such columns are read from the table.
 */
export function loggedRows<K, V>(rows: Rows<K, V>, relation: Relation, sameForm: ReadonlySet<string>): LoggedRows<K, V> {
  const places = new Map(relation.columns.map((name, place) => [quoteName(name), place]));
  const sources = rows.columns.map(({ column, codec }) =>
    codec.cast === undefined || sameForm.has(column) ? places.get(column) : undefined,
  );
  const isWhole = sources.every((place) => place !== undefined);

  const fieldsOf = (row: Tuple, count: number): unknown[] | undefined => {
    const fields: unknown[] = [];
    for (let field = 0; field < count; field++) {
      const place = sources[field];
      const bytes = place === undefined ? undefined : row[place];
      if (bytes === undefined) return undefined;
      fields.push(bytes === null ? null : rows.readers[field]!(bytes, 0, bytes.length));
    }
    return fields;
  };
  return {
    keyOf(row) {
      const fields = fieldsOf(row, rows.keyCount);
      if (fields === undefined) throw new Error("the replication stream tells of a row without the columns of the map's key");
      return rows.keyOf(fields);
    },
    valueOf(row) {
      const fields = isWhole ? fieldsOf(row, rows.columns.length) : undefined;
      return fields === undefined ? undefined : rows.valueOf(fields);
    },
  };
}
