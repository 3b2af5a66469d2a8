/** The suite of `cobnut/testing`, run by our own runner, and what else the tests of stores share. */
import type { LoadSink, MapLoaderLifecycle, MapStore } from '../../lib/api/map-store.ts';
import { mapStoreSuite } from '../../stores/testing/index.ts';
import { describe } from '../kit/describe.ts';

export interface Person {
  readonly id: number;
  readonly name: string;
  readonly age: number | null;
}

export interface StoreUnderTest {
  /** With nothing in its database, not opened by `init` yet. */
  readonly store: MapStore<number, Person> & MapLoaderLifecycle;
  /** Called after `destroy`. */
  drop?(): Promise<void>;
}

const NAMES = ['Ann', 'Bob', 'C\'id \\ "%_" \u{1F600}', ''];

/** Registers and runs the suite. */
export function conformance(name: string, open: () => Promise<StoreUnderTest>): void {
  const test = describe(`${name}: conformance`);
  const opened = new Map<object, StoreUnderTest>();
  mapStoreSuite<number, Person>({
    test,
    async open() {
      const under = await open();
      opened.set(under.store, under);
      return under.store;
    },
    close: async (store) => opened.get(store)!.drop?.(),
    entry: (n, version) => [n, { id: n, name: NAMES[n] ?? `n${n}`, age: version === 0 && n === 1 ? null : 30 + version }],
  });
  test.run();
}

/** All keys, ascending. */
export async function keysOf(store: Pick<MapStore<number, never>, 'loadAllKeys'>): Promise<number[]> {
  const keys: number[] = [];
  for await (const key of (await store.loadAllKeys?.()) ?? []) keys.push(key);
  return keys.toSorted((a, b) => a - b);
}

/** A sink that keeps what it is given. */
export function collector<K, V>(owns: (key: K) => boolean = () => true): { sink: LoadSink<K, V>; entries: Map<K, V> } {
  const entries = new Map<K, V>();
  return { entries, sink: { owns, put: (key, value) => void entries.set(key, value), drained() {} } };
}
