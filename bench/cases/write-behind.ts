/** Case: upserts of existing rows through write-behind, from the first `putAll` to the end of `flush`, beside the best SQL one can write by hand. */
import pg from 'pg';
import { newInstance } from '../../lib/index.ts';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';
import { KnexMapStore } from '../../stores/knex/index.ts';
import type { Employee } from '../employees.ts';
import { median } from '../measure.ts';

export interface WriteBehindResult {
  readonly rows: number;
  readonly writeBehindRowsPerSecond: number;
  readonly byHandRowsPerSecond: number;
}

interface FlatEmployee {
  readonly id: number;
  readonly name: string;
  readonly age: number;
  readonly active: boolean;
  readonly salary: number;
  readonly dept: string;
  readonly city: string;
  readonly version: number;
}

const COLUMNS: readonly (readonly [name: keyof FlatEmployee, type: string])[] = [
  ['id', 'int'],
  ['name', 'text'],
  ['age', 'int'],
  ['active', 'boolean'],
  ['salary', 'int'],
  ['dept', 'text'],
  ['city', 'text'],
  ['version', 'int'],
];
const BATCH = 1000;
const LANES = 2;
const PUTS_AT_ONCE = 5000;

export async function runWriteBehind(rows: readonly Employee[], rounds: number): Promise<WriteBehindResult> {
  await using server = await startPostgres();
  const clients = Array.from({ length: LANES }, () => new pg.Client(server.url));
  await Promise.all(clients.map((client) => client.connect()));
  await clients[0]!.query(`create table employee(${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')}, primary key (id))`);
  await byHand(clients, versionOf(rows, 0));
  const implementation = new KnexMapStore<number, FlatEmployee>({ connection: server.url, table: 'employee', key: 'id' });
  const instance = newInstance({ maps: { employee: { mapStore: { implementation, writeDelaySeconds: 0.01, initialMode: 'EAGER' } } } });
  const map = await instance.getMap<number, FlatEmployee>('employee');

  const behind: number[] = [];
  const hand: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const changed = versionOf(rows, 2 * round);
    let began = performance.now();
    for (let from = 0; from < changed.length; from += PUTS_AT_ONCE) {
      await map.putAll(changed.slice(from, from + PUTS_AT_ONCE).map((row) => [row.id, row] as const));
    }
    await map.flush();
    behind.push((performance.now() - began) / 1000);
    await check(clients[0]!, 2 * round, rows.length);

    const again = versionOf(rows, 2 * round + 1);
    began = performance.now();
    await byHand(clients, again);
    hand.push((performance.now() - began) / 1000);
    await check(clients[0]!, 2 * round + 1, rows.length);
  }
  await instance.close();
  await Promise.all(clients.map((client) => client.end()));
  return {
    rows: rows.length,
    writeBehindRowsPerSecond: rows.length / median(behind),
    byHandRowsPerSecond: rows.length / median(hand),
  };
}

/** One prepared statement, arrays of columns, 1,000 rows at a time on two connections. */
async function byHand(clients: readonly pg.Client[], rows: readonly FlatEmployee[]): Promise<void> {
  const arrays = COLUMNS.map(([, type], position) => `$${position + 1}::${type}[]`).join(', ');
  const changes = COLUMNS.slice(1)
    .map(([name]) => `${name} = excluded.${name}`)
    .join(', ');
  const text = `insert into employee select * from unnest(${arrays}) on conflict (id) do update set ${changes}`;
  let next = 0;
  const lane = async (client: pg.Client): Promise<void> => {
    while (next < rows.length) {
      const batch = rows.slice(next, (next += BATCH));
      await client.query({ name: 'upsert', text, values: COLUMNS.map(([name]) => batch.map((row) => row[name])) });
    }
  };
  await Promise.all(clients.map(lane));
}

async function check(client: pg.Client, version: number, expected: number): Promise<void> {
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from employee where version = $1', [version]);
  if (rows[0]!.count !== expected) throw new Error(`${rows[0]!.count} of ${expected} rows were written`);
}

function versionOf(rows: readonly Employee[], version: number): FlatEmployee[] {
  return rows.map(({ id, name, age, active, salary, dept, city }) => ({ id, name, age, active, salary, dept, city, version }));
}
