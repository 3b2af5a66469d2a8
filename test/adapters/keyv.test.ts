/** Keyv over a map: Keyv's own suite for storage adapters, run with Keyv 5 and 6, and what that suite leaves out. */
import { createRequire } from 'node:module';
import * as assert from 'uvu/assert';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { KeyvCobnut } from '../../lib/adapters/keyv.ts';
import type { IMap } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { expectIn, type Expect } from './expect.ts';

type Case = (t: { readonly expect: Expect }) => void | Promise<void>;

/** What the suite asks of a test runner. */
interface Runner {
  it(title: string, run: Case): void;
  beforeEach(hook: () => Promise<void>): void;
  afterEach(hook: () => Promise<void>): void;
}

type Suite = (test: Runner, KeyvClass: unknown, store: () => KeyvCobnut) => void;

// Its types are those of a test runner that is not installed.
const suite = createRequire(import.meta.url)('@keyv/test-suite') as { readonly default: Suite; readonly keyvIteratorTests: Suite };

/** What these tests call is the same in both. */
const BOTH = { 'Keyv 5': Keyv, 'Keyv 6': Keyv6 as unknown as typeof Keyv };

/** Where Keyv 6 means to be different: `delete` of several keys answers for each. */
const KEYV_5_ONLY = '.deleteMany([keys]) with nonexistent keys resolves to false';

const test = describe('keyv');

for (const [version, KeyvClass] of Object.entries(BOTH)) {
  for (const [part, run] of Object.entries({ suite: suite.default, iterators: suite.keyvIteratorTests })) {
    conformance(`${version}, ${part}`, run, KeyvClass);
  }
}

test('a time to live in milliseconds ends to the millisecond, in the map itself', async () => {
  const clock = testClock(Date.now());
  await using opened = await openMap<string, unknown>({}, { clock });
  const store: KeyvStoreAdapter = new KeyvCobnut(opened.map);
  const keyv = new Keyv(store);
  await keyv.set('k', 'v', 1500);
  clock.advance(1499);
  assert.is(await keyv.get('k'), 'v');
  clock.advance(1);
  assert.is(await opened.map.size(), 0);
  assert.is(await keyv.get('k'), undefined);
});

test('many at once: by position, with a time to live of each', async () => {
  const clock = testClock(Date.now());
  await using opened = await openMap<string, unknown>({}, { clock });
  for (const KeyvClass of Object.values(BOTH)) {
    const keyv = new KeyvClass({ store: new KeyvCobnut(opened.map) });
    const answers = await keyv.setMany([
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ttl: 60_000 },
      { key: 'a', value: 3 },
    ]);
    assert.equal(answers, [true, true, true]);
    assert.equal(await keyv.getMany(['b', 'nobody', 'a']), [2, undefined, 3]);
    assert.equal(await keyv.has(['a', 'nobody']), [true, false]);
    clock.advance(60_000);
    assert.is(await opened.map.size(), 1);
    await keyv.clear();
  }
});

test('Keyv 6 deletes many with an answer for each', async () => {
  await using opened = await openMap<string, unknown>();
  const keyv = new Keyv6({ store: new KeyvCobnut(opened.map) });
  await keyv.set('a', 1);
  assert.equal(await keyv.deleteMany(['a', 'nobody']), [true, false]);
});

test('namespaces share a map, in Keyv 5 and 6', async () => {
  for (const KeyvClass of Object.values(BOTH)) {
    await using opened = await openMap<string, unknown>();
    const of = (namespace: string): Keyv => new KeyvClass({ store: new KeyvCobnut(opened.map), namespace });
    const [red, blue] = [of('red'), of('blue')];
    await red.set('k', 'r');
    await blue.set('k', 'b');
    await blue.set('red', 'b');
    assert.is(await opened.map.size(), 3);
    assert.equal(
      new Map(await Array.fromAsync(blue.iterator!({}) as AsyncIterable<[string, string]>)),
      new Map(Object.entries({ k: 'b', red: 'b' })),
    );
    await red.clear();
    assert.equal([await red.get('k'), await blue.get('k'), await blue.get('red')], [undefined, 'b', 'b']);
  }
});

test('the storage itself iterates over a namespace, or over all text keys', async () => {
  await using opened = await openMap<string | number, unknown>();
  await opened.map.putAll([['red:k', 1], ['blue:k', 2], [3, 3]]); // prettier-ignore
  const store = new KeyvCobnut(opened.map as IMap<string, unknown>);
  assert.equal(await Array.fromAsync(store.iterator('red')), [['red:k', 1]]);
  assert.is((await Array.fromAsync(store.iterator())).length, 2);
});

test('values that need no text may be kept as they are', async () => {
  await using opened = await openMap<string, unknown>();
  const keyv = new Keyv({ store: new KeyvCobnut(opened.map), serialize: undefined, deserialize: undefined } as object);
  const value = { when: new Date(5), big: 2n ** 70n, list: new Set([1]) };
  await keyv.set('k', value);
  assert.equal(await keyv.get('k'), value);
});

test('errors of the map are Keyv’s errors; the map outlives the connection', async () => {
  const store = { load: () => Promise.reject(new Error('no database')) };
  await using opened = await openMap<string, unknown>({ mapStore: { implementation: store } });
  const keyv = new Keyv({ store: new KeyvCobnut(opened.map), throwOnErrors: true });
  const error = await keyv.get('k').catch((thrown: unknown) => thrown);
  assert.is((error as { code?: string }).code, 'ERR_MAP_STORE');
  await keyv.disconnect();
  assert.is(await opened.map.size(), 0);
});

test.run();

/** Runs one part of Keyv's suite as tests of ours. */
function conformance(name: string, part: Suite, KeyvClass: unknown): void {
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  let map: IMap<string, unknown> | undefined;
  const runner: Runner = {
    beforeEach: (hook) => void before.push(hook),
    afterEach: (hook) => void after.push(hook),
    it(title, run) {
      if (KeyvClass === Keyv6 && title === KEYV_5_ONLY) return;
      test(`${name}: ${title}`, async () => {
        await using opened = await openMap<string, unknown>();
        map = opened.map;
        const { expect, check } = expectIn();
        for (const hook of before) await hook();
        await run({ expect });
        for (const hook of after) await hook();
        check();
      });
    },
  };
  part(runner, KeyvClass, () => new KeyvCobnut(map!));
}
