/**
 * Random calls, many at once, on maps with expiry, eviction, locks and a store that fails: who follows the events knows at every rest what is in memory,
 * and each event's old value is what the events before it led to.
 */
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import { MemoryMapStore } from '../../stores/memory.ts';
import type { EntryEvent, IMap, MapOptions } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock } from '../kit/instance.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const test = describe('events, random');
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const BATCHES = 150 * EFFORT;

type NumberMap = IMap<string, number>;
type Random = () => number;

const CALLS: readonly ((map: NumberMap, key: string, value: number) => Promise<unknown>)[] = [
  (map, key, value) => map.put(key, value),
  (map, key, value) => map.set(key, value, { ttlSeconds: 1 }),
  (map, key, value) => map.putIfAbsent(key, value, { maxIdleSeconds: 1 }),
  (map, key, value) => map.replace(key, value),
  (map, key, value) => map.replaceIfSame(key, value - 1, value),
  (map, key, value) => map.putTransient(key, value),
  (map, key, value) => map.putAll([[key, value], ['a', value + 1]]), // prettier-ignore
  (map, key, value) => map.executeOnKey(key, (entry) => (entry.exists && value % 2 === 0 ? entry.remove() : entry.setValue(value))),
  (map, key) => map.remove(key),
  (map, key) => map.delete(key),
  (map, key) => map.evict(key),
  (map, key) => map.get(key),
  (map, key) => map.getAll([key, 'a', 'b']),
  (map, _, value) => map.removeAll('this < ?', value - 20),
  (map) => map.evictAll(),
  async (map, key, value) => {
    await using held = await map.lock(key);
    await held.put(value);
    await held.remove();
    await held.set(value);
  },
];

/** How often calls of a store fail. */
interface Failures {
  rate: number;
}

const MAPS: Readonly<Record<string, (random: Random, failures: Failures) => MapOptions>> = {
  'memory alone': () => ({}),
  expiry: () => ({ timeToLiveSeconds: 2, maxIdleSeconds: 1.5 }),
  eviction: () => ({ evictionPolicy: 'LRU', maxSize: 4, evictionDelaySeconds: 0 }),
  'write-through that fails': (random, failures) => ({ mapStore: { implementation: unreliable(random, failures) } }),
  'write-behind, eviction': (random, failures) => ({
    mapStore: { implementation: unreliable(random, failures), writeDelaySeconds: 1 },
    evictionPolicy: 'LFU',
    maxSize: 4,
    evictionDelaySeconds: 0,
  }),
  'binary values': () => ({ values: 'binary' }),
};

for (const [number, [name, optionsOf]] of Object.entries(MAPS).entries()) {
  test(`${name}: who follows the events knows the map`, async () => {
    const random = randomFrom(SEED + number);
    const clock = testClock(undefined, random);
    const failures: Failures = { rate: 0.15 };
    await using opened = await openMap<string, number>(optionsOf(random, failures), { clock });
    const { map } = opened;
    await map.size();
    const mirror = new Map<string, number>(await map.entrySet());
    const faults: string[] = [];
    const types = new Set<string>();
    await map.addEntryListener((event) => {
      types.add(event.type);
      follow(mirror, event, faults);
    });
    for (let batch = 0; batch < BATCHES; batch++) {
      const about = `batch ${batch}, seed ${SEED + number}`;
      if (random() < 0.05) await map.clear().catch(() => undefined);
      else await Promise.allSettled(Array.from({ length: 6 }, () => pick(random, CALLS)(map, pick(random, KEYS), batch)));
      if (random() < 0.3) clock.advance(random() * 1500);
      await map.size();
      await turn();
      assert.equal(faults, [], about);
      assert.equal(sorted(mirror), sorted(new Map(await map.entrySet())), about);
    }
    assert.ok(types.size >= 4, [...types].join(', '));
    failures.rate = 0; // the end waits for the store, by a clock that somebody must move
    for (; map.getLocalMapStats().dirtyEntryCount > 0; await turn()) clock.advance(10_000);
  });
}

test.run();

function follow(mirror: Map<string, number>, event: EntryEvent<string, number>, faults: string[]): void {
  if (event.type === 'cleared') {
    if (event.count !== mirror.size) faults.push(`cleared ${event.count} of ${mirror.size}`);
    return mirror.clear();
  }
  const { type, key, value, oldValue } = event;
  if (mirror.get(key) !== oldValue) faults.push(`${type} ${key}: ${oldValue} was ${mirror.get(key)}`);
  if (value === undefined) mirror.delete(key);
  else mirror.set(key, value);
}

/** A store whose calls take an event loop's turn or more, and fail now and then. A clear must succeed as a whole: it has only one event. */
function unreliable(random: Random, failures: Failures): MemoryMapStore<string, number> {
  return new MemoryMapStore<string, number>({
    entries: [['a', -1], ['b', -2], ['c', -3]], // prettier-ignore
    onCall: async ({ method }) => {
      while (random() < 0.4) await new Promise((resolve) => setImmediate(resolve));
      if (['load', 'store', 'storeAll', 'delete'].includes(method) && random() < failures.rate) throw new Error('unreliable');
    },
  });
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

function sorted(map: ReadonlyMap<string, number>): [string, number][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Lets everything that is under way have its turn. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
