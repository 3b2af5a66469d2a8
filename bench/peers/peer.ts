/** What an engine must offer to be compared on queries. */
import type { Employee } from '../employees.ts';
import type { BenchQuery } from '../queries.ts';

export interface Peer {
  readonly name: string;
  /** Milliseconds to take the rows in, and to index them. */
  readonly loadMs: number;
  readonly indexMs: number;
  /** A call that counts the rows; prepared where the engine can. */
  count(query: BenchQuery): () => number | Promise<number>;
  /** A call that gives all rows; objects of the engine's own making. */
  all(query: BenchQuery): () => readonly { readonly id: number }[] | Promise<readonly { readonly id: number }[]>;
  /** A call that gives the first 50 rows by the query's order. */
  first(query: BenchQuery): () => readonly object[] | Promise<readonly object[]>;
  close(): void | Promise<void>;
}

export type OpenPeer = (rows: readonly Employee[]) => Promise<Peer>;

/** Runs `work` and tells how long it took. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const began = performance.now();
  const result = await work();
  return { result, ms: performance.now() - began };
}
