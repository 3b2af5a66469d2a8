/** Case: an EAGER load from PostgreSQL into a map with three indexes, beside the barest thing one can write: binary COPY into a Map. */
import knexFactory from 'knex';
import pg from 'pg';
import { newInstance } from '../../lib/index.ts';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import { fillEmployeeTable } from '../employee-table.ts';
import type { Employee } from '../employees.ts';
import { peakBytes } from '../held-bytes.ts';
import { median } from '../measure.ts';

export interface LoadResult {
  readonly rows: number;
  readonly eagerRowsPerSecond: number;
  readonly copyRowsPerSecond: number;
  /** Most memory in use meanwhile, garbage included, per row. */
  readonly eagerPeakBytes: number;
  readonly copyPeakBytes: number;
}

interface FlatEmployee {
  readonly id: number;
  readonly name: string;
  readonly age: number;
  readonly active: boolean;
  readonly salary: number;
  readonly dept: string;
  readonly city: string;
  readonly hired: Date;
}

const COLUMNS = 'id, name, age, active, salary, dept, city, hired';

export async function runLoad(rows: readonly Employee[], rounds: number): Promise<LoadResult> {
  await using server = await startPostgres();
  const client = new pg.Client(server.url);
  await client.connect();
  await fill(client, rows);
  const eager: number[] = [];
  const copy: number[] = [];
  for (let round = 0; round < rounds; round++) {
    eager.push(await loadEager(server.url, rows.length));
    copy.push(await loadBare(client, rows.length));
  }
  const eagerPeak = await peakBytes(() => loadEager(server.url, rows.length));
  const copyPeak = await peakBytes(() => loadBare(client, rows.length));
  await client.end();
  return {
    rows: rows.length,
    eagerRowsPerSecond: rows.length / median(eager),
    copyRowsPerSecond: rows.length / median(copy),
    eagerPeakBytes: Math.round(eagerPeak.bytes / rows.length),
    copyPeakBytes: Math.round(copyPeak.bytes / rows.length),
  };
}

async function fill(client: pg.Client, rows: readonly Employee[]): Promise<void> {
  await fillEmployeeTable(client, 'flat', rows);
  await client.query(`create unlogged table employee as
    select id, name, age, active, salary::float8, dept, city, to_timestamp(hired / 1000.0) as hired from flat`);
  await client.query('alter table employee add primary key (id)');
  await client.query('vacuum analyze employee');
}

/** Seconds from `getMap` to a map that answers. */
async function loadEager(url: string, expected: number): Promise<number> {
  const knex = knexFactory({ client: 'pg', connection: url });
  const implementation = new KnexMapStore<number, FlatEmployee>({ connection: knex, table: 'employee', key: 'id' });
  const indexes = [
    { attribute: 'age', ordered: true },
    { attribute: 'salary', ordered: true },
    { attribute: 'name', ordered: true },
  ];
  const instance = newInstance({ maps: { employee: { indexes, mapStore: { implementation, initialMode: 'EAGER' } } } });
  const began = performance.now();
  const map = await instance.getMap<number, FlatEmployee>('employee');
  const seconds = (performance.now() - began) / 1000;
  if ((await map.size()) !== expected) throw new Error('the EAGER load missed rows');
  await instance.close();
  await knex.destroy();
  return seconds;
}

/** Seconds for the same rows by hand: COPY BINARY, fixed columns, plain objects, a Map. */
async function loadBare(client: pg.Client, expected: number): Promise<number> {
  const map = new Map<number, FlatEmployee>();
  const began = performance.now();
  await copyBinary(client, `copy (select ${COLUMNS} from employee) to stdout (format binary)`, (row) => map.set(row.id, row));
  const seconds = (performance.now() - began) / 1000;
  if (map.size !== expected) throw new Error('the bare COPY missed rows');
  return seconds;
}

const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

function copyBinary(client: pg.Client, text: string, emit: (row: FlatEmployee) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let headerDue = true;
    const nothing = (): void => undefined;
    const submittable = {
      submit: (connection: { query(sql: string): void }) => connection.query(text),
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
      handleCommandComplete: nothing,
      handleCopyInResponse: nothing,
      handleCopyOutResponse: nothing,
      handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
        let at = headerDue ? 19 + chunk.readInt32BE(15) : 0;
        headerDue = false;
        while (at + 2 < chunk.length) at = decodeRow(chunk, at, emit);
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    };
    client.query(submittable as never);
  });
}

function decodeRow(chunk: Buffer, start: number, emit: (row: FlatEmployee) => void): number {
  let at = start + 2;
  const field = (): number => {
    const length = chunk.readInt32BE(at);
    at += 4 + length;
    return at - length;
  };
  const word = (): string => {
    const from = field();
    return chunk.toString('utf8', from, at);
  };
  const id = chunk.readInt32BE(field());
  const name = word();
  const age = chunk.readInt32BE(field());
  const active = chunk[field()] === 1;
  const salary = chunk.readDoubleBE(field());
  const dept = word();
  const city = word();
  const hiredAt = field();
  const hired = new Date(Number(chunk.readBigInt64BE(hiredAt) / 1000n) + POSTGRES_EPOCH_MS);
  emit({ id, name, age, active, salary, dept, city, hired });
  return at;
}
