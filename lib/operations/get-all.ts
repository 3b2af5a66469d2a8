/** `getAll` (M1): what is in memory at once, the rest by one `loadAll`. */
import { KeyMap } from '../data/key-map.ts';
import { toKey } from '../data/key.ts';
import type { KeyAddress, KeysOperation, MapHome } from './home.ts';
import { handOut, keep, storedOf, userKey } from './memory.ts';
import { canLoad } from './through.ts';

/** A value as users see it for each address, `undefined` where there is none. */
type Values = readonly unknown[];

export const getAll: KeysOperation<undefined, Values> = {
  name: 'getAll',
  changes: false,
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
    return missing.length === 0 || !canLoad(home) ? values : loadMissing(home, at, values, missing);
  },
};

/** Fills in what `values` lacks at the `missing` positions. Keys somebody is loading already are waited for, not loaded again. */
async function loadMissing(home: MapHome, at: readonly KeyAddress[], values: unknown[], missing: readonly number[]): Promise<Values> {
  const mine: KeyAddress[] = [];
  const waits: Promise<void>[] = [];
  const batch = Promise.withResolvers<KeyMap<unknown>>();
  batch.promise.catch(() => undefined); // each waiter sees the error; the batch itself has none
  for (const position of missing) {
    const address = at[position]!;
    let load = home.loads.get(address.key);
    if (load === undefined) {
      mine.push(address);
      load = batch.promise.then((loaded) => loaded.get(address.key)).finally(() => home.loads.delete(address.key));
      home.loads.set(address.key, load);
    }
    waits.push(
      load.then((stored) => {
        values[position] = handOut(home, stored);
      }),
    );
  }
  const keys = mine.map((address) => address.key);
  if (mine.length > 0) {
    void Promise.resolve(home.turns.takeAll(keys, () => loadTogether(home, mine))).then(batch.resolve, batch.reject);
  }
  await Promise.all(waits);
  return values;
}

/** Loads and keeps the keys that are still absent now that their turns have come; gives the stored values of all. */
async function loadTogether(home: MapHome, at: readonly KeyAddress[]): Promise<KeyMap<unknown>> {
  const found = new KeyMap<unknown>();
  const absent = at.filter((address) => {
    const stored = storedOf(home, address);
    if (stored !== undefined) found.set(address.key, stored);
    return stored === undefined;
  });
  if (absent.length === 0) return found;
  const loaded = new KeyMap<unknown>();
  for (const [key, value] of await home.store!.loadAll(absent.map(userKey))) loaded.set(toKey(key), value);
  for (const address of absent) {
    const value = loaded.get(address.key);
    if (value === undefined) continue;
    const stored = home.records.form.takeIn(value);
    keep(home, address, stored, undefined);
    found.set(address.key, stored);
  }
  return found;
}
