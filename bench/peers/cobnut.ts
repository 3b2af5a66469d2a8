/** The engine itself, through its public API. */
import { newInstance, type IMap } from '../../lib/index.ts';
import type { Employee } from '../employees.ts';
import { INDEXED, FIRST, type BenchQuery } from '../queries.ts';
import { timed, type Peer } from './peer.ts';

export interface CobnutPeer extends Peer {
  readonly map: IMap<number, Employee>;
}

export async function openCobnut(rows: readonly Employee[], { indexes = true, simd = true } = {}): Promise<CobnutPeer> {
  const instance = newInstance({ simd });
  const map = await instance.getMap<number, Employee>('employee');
  const load = await timed(async () => {
    for (const row of rows) await map.set(row.id, row);
  });
  const index = await timed(async () => {
    for (const { attribute, ordered } of indexes ? INDEXED : []) await map.addIndex(attribute, ordered);
  });
  return {
    name: simd ? 'cobnut' : 'cobnut (no SIMD)',
    map,
    loadMs: load.ms,
    indexMs: index.ms,
    count:
      ({ sql }: BenchQuery) =>
      () =>
        map.query().where(sql).count(),
    all:
      ({ sql }: BenchQuery) =>
      () =>
        map.values(sql),
    first({ sql, orderBy }: BenchQuery) {
      const query = map.query().where(sql).orderBy(orderBy).limit(FIRST);
      return () => query.toArray();
    },
    close: () => instance.close(),
  };
}
