/** A write-behind map for tests, on a clock that stands. */
import type { IMap, Instance, MapOptions, MapStore, MapStoreOptions } from '../../lib/index.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { TestStore } from '../kit/store.ts';

/** Stores after 1 s; nothing is in memory yet. */
export async function open<V = number>(
  store: MapStore<string, V>,
  options: MapStoreOptions = {},
  map: MapOptions = {},
): Promise<{ readonly map: IMap<string, V>; readonly instance: Instance; readonly clock: TestClock }> {
  const clock = testClock();
  const mapStore: MapStoreOptions = { implementation: store, writeDelaySeconds: 1, ...options };
  const opened = await openMap<string, V>({ mapStore, ...map }, { clock });
  await opened.map.size();
  if (store instanceof TestStore) store.forget();
  return { map: opened.map, instance: opened.instance, clock };
}

/** Lets what is under way go on. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}
