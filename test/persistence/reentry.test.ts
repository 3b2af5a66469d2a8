/** M57: a store that calls back into the map it serves is refused, and nothing waits for itself. */
import * as assert from 'uvu/assert';
import { MapStoreReentryError, newInstance, type IMap, type Instance, type MapOptions, type MapStore } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('stores that call back');

type Map_ = IMap<string, number>;
/** What a store does with the map from within each of its methods. */
let callBack: (map: Map_, instance: Instance) => Promise<unknown> = async () => undefined;

/** An instance with the map `m`, whose store calls back. */
async function open(): Promise<{ map: Map_; instance: Instance; [Symbol.asyncDispose](): Promise<void> }> {
  callBack = async () => undefined;
  const store: MapStore<string, number> = {
    load: async (key) => (await again(), key.length),
    store: () => again(),
    delete: () => again(),
  };
  const instance = newInstance({ maps: { m: { mapStore: { implementation: store } } } });
  const map = await instance.getMap<string, number>('m');
  const again = async (): Promise<void> => {
    await Promise.resolve();
    await callBack(map, instance);
  };
  return { map, instance, [Symbol.asyncDispose]: () => instance.close() };
}

const CALLS: Readonly<Record<string, (map: Map_, instance: Instance) => Promise<unknown>>> = {
  get: (map) => map.get('k'),
  'get (another key)': (map) => map.get('other'),
  getAll: (map) => map.getAll(['k']),
  put: (map) => map.put('k', 1),
  'put (tryPut)': (map) => map.tryPut('k', 1, 0),
  remove: (map) => map.remove('k'),
  size: (map) => map.size(),
  find: (map) => map.values('this > 0'),
  destroy: (map) => map.destroy(),
  close: (_, instance) => instance.close(),
  getMap: (_, instance) => instance.getMap('m'),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`M57 ${name} from within load, store and delete`, async () => {
    await using opened = await open();
    const { map } = opened;
    await map.size();
    callBack = call;
    const outside: readonly [string, () => Promise<unknown>][] = [
      ['load', () => map.get('k')],
      ['store', () => map.set('k', 1)],
      ['delete', () => map.delete('k')],
    ];
    for (const [operation, run] of outside) {
      const error = await refusal(run());
      assert.instance(error, MapStoreReentryError);
      const { details } = error;
      assert.equal([details['map'], details['operation'], details['called']], ['m', operation, name.split(' ')[0]]);
    }
    callBack = async () => undefined;
    assert.is(await map.get('four'), 4, 'the map goes on');
  });
}

test('M57 a store may use other maps, but not its own through them', async () => {
  const maps = new Map<string, Map_>();
  const through = (other: string): MapStore<string, number> => ({ load: async (key) => (await maps.get(other)!.get(key))! + 1 });
  await using instance = newInstance({
    maps: {
      first: { mapStore: { implementation: through('second') } },
      second: { mapStore: { implementation: { load: async () => 1 } } },
      left: { mapStore: { implementation: through('right') } },
      right: { mapStore: { implementation: through('left') } },
    },
  });
  for (const name of ['first', 'second', 'left', 'right']) maps.set(name, await instance.getMap<string, number>(name));
  assert.is(await maps.get('first')!.get('k'), 2);
  assert.instance(await refusal(maps.get('left')!.get('k')), MapStoreReentryError);
});

test('M57 what a store has started and left behind may use the map when the call is over', async () => {
  const over = Promise.withResolvers<void>();
  let later: Promise<unknown> | undefined;
  const instance = newInstance({
    maps: {
      m: {
        mapStore: {
          implementation: {
            load: async (key: unknown) => {
              later ??= over.promise.then(async () => (await instance.getMap('m')).get('late'));
              return key;
            },
          },
        },
      },
    },
  });
  await using _ = instance;
  const map = await instance.getMap<string, string>('m');
  assert.is(await map.get('k'), 'k');
  over.resolve();
  assert.is(await later, 'late');
});

test('M57 a store that asks for its own map while it opens', async () => {
  for (const part of ['init', 'newMapStore'] as const) {
    const instance: Instance = newInstance({
      maps: {
        m: {
          mapStore:
            part === 'init'
              ? { implementation: { load: () => undefined, init: async () => void (await instance.getMap('m')) } }
              : { factory: { newMapStore: async () => (await instance.getMap('m'), { load: () => undefined }) } },
        },
      },
    });
    await using _ = instance;
    assert.instance(await refusal(instance.getMap('m')), MapStoreReentryError);
  }
});

test('M57 a map of that name in another instance is another map', async () => {
  await using other = newInstance({ maps: { m: { mapStore: { implementation: { load: () => 7 } } } } });
  const source = await other.getMap<string, number>('m');
  await using instance = newInstance({
    maps: { m: { mapStore: { implementation: { load: (key: unknown) => source.get(key as string) } } } },
  });
  assert.is(await (await instance.getMap<string, number>('m')).get('k'), 7);
});

test('M57 from within the iteration of what loadAllKeys gave, and from its end', async () => {
  for (const when of ['keys', 'end']) {
    let errors = 0;
    const store = {
      load: () => 1,
      async *loadAllKeys(): AsyncGenerator<string> {
        const call = async (): Promise<void> => {
          assert.instance(await refusal(map.size()), MapStoreReentryError);
          errors++;
        };
        try {
          yield 'a';
          if (when === 'keys') await call();
          yield 'b';
        } finally {
          if (when === 'end') await call();
        }
      },
    };
    // The limit ends the iteration early.
    const limit: MapOptions = when === 'end' ? { maxSize: 1, evictionPolicy: 'LRU', evictionDelaySeconds: 0 } : {};
    await using instance = newInstance({ maps: { m: { mapStore: { implementation: store, loadBatchSize: 1 }, ...limit } } });
    const map = await instance.getMap<string, number>('m');
    assert.is(await map.size(), when === 'end' ? 1 : 2);
    assert.is(errors, 1);
  }
});

test.run();
