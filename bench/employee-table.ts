/** The benchmark's rows as a PostgreSQL table. */
import type pg from 'pg';
import type { Employee } from './employees.ts';

/** Columns with their types, and where their values come from. */
const COLUMNS: readonly (readonly [definition: string, type: string, value: (row: Employee) => unknown])[] = [
  ['id int primary key', 'int', (row) => row.id],
  ['name text collate "C"', 'text', (row) => row.name],
  ['surname text', 'text', (row) => row.surname],
  ['age int', 'int', (row) => row.age],
  ['active boolean', 'bool', (row) => row.active],
  ['salary int', 'int', (row) => row.salary],
  ['dept text collate "C"', 'text', (row) => row.dept],
  ['city text collate "C"', 'text', (row) => row.city],
  ['hired int8', 'int8', (row) => row.hired],
  ['zip text', 'text', (row) => row.address.zip],
  ['country text collate "C"', 'text', (row) => row.address.country],
];
const BATCH = 20_000;

/** Makes the table and fills it, many rows a statement. */
export async function fillEmployeeTable(client: pg.Client, table: string, rows: readonly Employee[]): Promise<void> {
  await client.query(`create unlogged table ${table} (${COLUMNS.map(([definition]) => definition).join(', ')})`);
  const unnest = COLUMNS.map(([, type], position) => `$${position + 1}::${type}[]`).join(', ');
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const columns = COLUMNS.map(([, , value]) => batch.map(value));
    await client.query(`insert into ${table} select * from unnest(${unnest})`, columns);
  }
}
