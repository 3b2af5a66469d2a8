/** Peer: `Array.filter` over the objects, in the order they were made. */
import { FIRST, type BenchQuery } from '../queries.ts';
import type { Employee } from '../employees.ts';
import type { OpenPeer, Peer } from './peer.ts';

export const openArrayFilter: OpenPeer = async (rows) => {
  const copies: Employee[] = rows.map((row) => ({ ...row, address: { ...row.address } }));
  return {
    name: 'array filter',
    loadMs: 0,
    indexMs: 0,
    count:
      ({ test }: BenchQuery) =>
      () => {
        let matching = 0;
        for (const row of copies) if (test(row)) matching++;
        return matching;
      },
    all:
      ({ test }: BenchQuery) =>
      () =>
        copies.filter(test),
    first:
      ({ test, orderBy }: BenchQuery) =>
      () =>
        copies
          .filter(test)
          .sort((a, b) => a[orderBy] - b[orderBy])
          .slice(0, FIRST),
    close: () => undefined,
  } satisfies Peer;
};
