/** `cobnut/testing` itself: a right store passes, and each kind of wrong one is found. */
import * as assert from 'uvu/assert';
import type { MapLoaderLifecycle, MapStore } from '../../lib/api/map-store.ts';
import { MemoryMapStore } from '../../stores/memory.ts';
import { mapStoreSuite } from '../../stores/testing/index.ts';
import { describe } from '../kit/describe.ts';
import { thrownBy } from '../kit/thrown-by.ts';

type Store = MapStore<number, { n: number }> & MapLoaderLifecycle;
const test = describe('cobnut/testing');

/** Titles of the tests that fail. */
async function failures(
  make: () => Store,
  rest: Partial<Parameters<typeof mapStoreSuite<number, { n: number }>>[0]> = {},
): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  mapStoreSuite<number, { n: number }>({
    test: (title, body) => tests.push([title, body]),
    open: make,
    entry: (n, version) => [n, { n: 1000 * version + n }],
    many: 20,
    ...rest,
  });
  const failed: string[] = [];
  for (const [title, body] of tests) await body().catch(() => failed.push(title));
  return failed;
}

class Memory extends MemoryMapStore<number, { n: number }> {}

test('a right store passes, whole or in part', async () => {
  assert.equal(await failures(() => new Memory()), []);
  const only = (...names: (keyof Store)[]): Store => {
    const store = new Memory() as Store;
    return Object.fromEntries(names.map((name) => [name, (store[name] as () => unknown).bind(store)]));
  };
  assert.equal(await failures(() => only('load', 'store')), []);
  assert.equal(await failures(() => only('loadAll', 'storeAll', 'deleteAll')), []);
  const seeded: Memory[] = [];
  const loader = (): Store => {
    const store = new Memory();
    seeded.unshift(store);
    return { load: (key) => store.load(key), loadAllKeys: () => store.loadAllKeys() };
  };
  assert.equal(await failures(loader, { seed: (_, entries) => seeded[0]!.storeAll(entries) }), []);
});

const BROKEN: Readonly<Record<string, () => Store>> = {
  'stores nothing': () => new (class extends Memory { override async store() {} })(),
  'loads what nobody stored': () => new (class extends Memory { override async load() { return { n: 0 }; } })(),
  'loads one of many': () => new (class extends Memory { override async loadAll(keys: readonly number[]) { return super.loadAll(keys.slice(0, 1)); } })(),
  'forgets a key': () => new (class extends Memory { override async loadAllKeys() { return (await super.loadAllKeys()).slice(1); } })(),
  'names a key twice': () => new (class extends Memory { override async loadAllKeys() { const keys = await super.loadAllKeys(); return [...keys, ...keys.slice(0, 1)]; } })(),
  'deletes nothing': () => new (class extends Memory { override async delete() {} })(),
  'deletes all': () => new (class extends Memory { override async deleteAll() { await super.deleteAll(await this.loadAllKeys()); } })(),
  'changes what it is given': () => new (class extends Memory { override async store(key: number, value: { n: number }) { value.n++; return super.store(key, value); } })(),
  'stores only what is new': () => new (class extends Memory { override async storeAll(entries: ReadonlyMap<number, { n: number }>) { for (const [key, value] of entries) if ((await this.load(key)) === undefined) await this.store(key, value); } })(),
  'mixes up the order of writes': () => {
    const memory = new Memory();
    let wait = 20;
    const slow = async <R>(call: () => Promise<R>): Promise<R> => {
      for (let turns = wait--; turns > 0; turns--) await Promise.resolve();
      return call();
    };
    return { load: (key) => memory.load(key), store: (key, value) => slow(() => memory.store(key, value)), delete: (key) => memory.delete(key) };
  },
  'is strange about errors': () => Object.assign(new Memory(), { failureKind: () => 'broken' as never }),
}; // prettier-ignore

for (const [fault, make] of Object.entries(BROKEN)) {
  test(`found: a store that ${fault}`, async () => {
    assert.ok((await failures(make)).length > 0);
  });
}

test('options that are not enough', () => {
  assert.match(String(thrownBy(() => mapStoreSuite({} as never))), /mapStoreSuite needs the function `test`/);
});

test.run();
