/** One PostgreSQL server for the whole test run, and a schema of its own for each test that asks. */
import knex, { type Knex } from 'knex';
import { startPostgres } from '../../lib/console/embedded-postgres.ts';

export interface TestServer {
  readonly url: string;
}

export interface TestSchema {
  readonly name: string;
  /** Connects with this schema as the whole search path. */
  readonly url: string;
  /** A pool of up to 4 connections into the schema. */
  readonly knex: Knex;
  /** Runs statements and gives the rows of the last one. Without bindings the text is taken as it is, question marks included. */
  sql(text: string, bindings?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Closes the pool and drops the schema with all that is in it. */
  [Symbol.asyncDispose](): Promise<void>;
}

interface Answer {
  readonly rows: Record<string, unknown>[];
}

let server: Promise<TestServer> | undefined;
let schemas = 0;

/** The server at `POSTGRES_URL`, else an embedded one: started by the first call, stopped when the run ends. */
export function postgres(): Promise<TestServer> {
  server ??= start();
  return server;
}

async function start(): Promise<TestServer> {
  const url = process.env['POSTGRES_URL'];
  if (url !== undefined && url !== '') return { url };
  const embedded = await startPostgres();
  closers().push(() => embedded.stop());
  return embedded;
}

/** A fresh, empty schema: `await using db = await schema()`. */
export async function schema(): Promise<TestSchema> {
  const { url: base } = await postgres();
  const name = `test_${process.pid}_${++schemas}`;
  const url = new URL(base);
  url.searchParams.set('options', `-c search_path=${name}`);
  const pool = knex({ client: 'pg', connection: { connectionString: url.href }, pool: { min: 0, max: 4 }, log: { warn() {}, error() {} } });
  await pool.raw(`drop schema if exists ${name} cascade`);
  await pool.raw(`create schema ${name}`);
  return {
    name,
    url: url.href,
    knex: pool,
    async sql(text, bindings) {
      // Without bindings, knex is told that no question mark is a place for one.
      const answer = await pool.raw<Answer | Answer[]>(bindings === undefined ? text.replaceAll('?', String.raw`\?`) : text, [
        ...(bindings ?? []),
      ] as Knex.RawBinding[]);
      return Array.isArray(answer) ? answer.at(-1)!.rows : answer.rows;
    },
    async [Symbol.asyncDispose]() {
      await pool.raw(`drop schema if exists ${name} cascade`);
      await pool.destroy();
    },
  };
}

/** What `test/run.mjs` calls when all tests are done. */
function closers(): (() => Promise<void>)[] {
  const shared = globalThis as { TEST_CLOSERS?: (() => Promise<void>)[] };
  return (shared.TEST_CLOSERS ??= []);
}
