/** Peer: LokiJS, binary indexes on the same attributes. */
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type OpenPeer, type Peer } from './peer.ts';

interface ResultSet {
  find(filter: object): ResultSet;
  simplesort(attribute: string): ResultSet;
  limit(count: number): ResultSet;
  data(): { id: number }[];
}
interface Collection {
  insert(rows: object[]): void;
  ensureIndex(attribute: string): void;
  find(filter: object): { id: number }[];
  count(filter: object): number;
  chain(): ResultSet;
}
interface Loki {
  addCollection(name: string, options: object): Collection;
}

export const openLoki: OpenPeer = async (rows) => {
  const module = 'lokijs';
  const { default: LokiDatabase } = (await import(module)) as { default: new (name: string) => Loki };
  const collection = new LokiDatabase('bench').addCollection('employee', { disableMeta: true });
  const copies = rows.map((row) => ({ ...row, address: { ...row.address } }));
  const load = await timed(() => collection.insert(copies));
  const index = await timed(() => {
    for (const { attribute } of INDEXED) collection.ensureIndex(attribute);
  });
  return {
    name: 'lokijs',
    loadMs: load.ms,
    indexMs: index.ms,
    count:
      ({ mongo }: BenchQuery) =>
      () =>
        collection.count(mongo),
    all:
      ({ mongo }: BenchQuery) =>
      () =>
        collection.find(mongo),
    first:
      ({ mongo, orderBy }: BenchQuery) =>
      () =>
        collection.chain().find(mongo).simplesort(orderBy).limit(FIRST).data(),
    close: () => undefined,
  } satisfies Peer;
};
