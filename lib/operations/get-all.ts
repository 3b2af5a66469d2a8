/** `getAll` (M1): what is in memory at once, the rest by one `loadAll`. */
import type { KeyAddress, KeysOperation, MapHome } from './home.ts';
import { canLoad, loadManyOnce } from './load.ts';
import { handOut } from './memory.ts';
import { ofSome, placed, handedListWire } from './wire.ts';

/** A value as users see it for each address, `undefined` where there is none. */
type Values = readonly unknown[];

export const getAll: KeysOperation<undefined, Values> = {
  name: 'getAll',
  answerOf: ofSome,
  merge: placed,
  answer: handedListWire,
  run(home: MapHome, at: readonly KeyAddress[]): Values | Promise<Values> {
    const { records, counters } = home;
    const now = home.clock.now();
    const values: unknown[] = [];
    const missing: number[] = [];
    for (const [position, address] of at.entries()) {
      const slot = records.find(address.partition, address.key, address.hash, now);
      if (slot >= 0) records.touch(slot, now);
      else missing.push(position);
      values.push(slot < 0 ? undefined : records.valueAt(slot));
    }
    counters.gets += at.length;
    counters.hits += at.length - missing.length;
    counters.lastAccessTime = now;
    return missing.length === 0 || !canLoad(home) ? values : fillIn(home, at, values, missing);
  },
};

/** Loads what `values` lacks at the `missing` positions. */
async function fillIn(home: MapHome, at: readonly KeyAddress[], values: unknown[], missing: readonly number[]): Promise<Values> {
  const loaded = await loadManyOnce(
    home,
    missing.map((position) => at[position]!),
  );
  for (const [i, position] of missing.entries()) values[position] = handOut(home, loaded[i]);
  return values;
}
