/** `size` (M6): entries in memory; the store is not asked. */
import type { Condition } from '../query/conditions/condition.ts';
import { expireDue } from './expire-due.ts';
import { goOn } from './answer.ts';
import type { MapHome, MemberOperation, PartitionTest } from './home.ts';
import { sumOf } from './sum-share.ts';

const EVERYTHING: Condition = Object.freeze({ kind: 'constant', value: true });

export const size: MemberOperation<undefined, number> = {
  name: 'size',
  share: {
    run: (home: MapHome, _: undefined, only: PartitionTest | undefined) =>
      only === undefined ? size.run(home, undefined) : home.queries.count(EVERYTHING, { partitions: only }),
    merge: sumOf,
  },
  run: (home: MapHome): number | Promise<number> => goOn(expireDue(home), () => home.records.size),
};
