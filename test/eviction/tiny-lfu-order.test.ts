/** W-TinyLFU: what it keeps, what it gives up, and that no entry is lost or named twice. */
import * as assert from 'uvu/assert';
import { hashInteger } from '../../lib/data/hash.ts';
import { TinyLfuOrder } from '../../lib/eviction/tiny-lfu-order.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { loop, randomOf, recent, zipf, type Trace } from './traces.ts';

const test = describe('W_TINYLFU');
const nobody = (): boolean => false;

/** A cache with an exact limit; slot and key are the same. */
class Cache {
  readonly order: TinyLfuOrder;
  readonly keys = new Set<number>();
  readonly #capacity: number;

  constructor(capacity: number, random: () => number = () => 0.5) {
    this.order = new TinyLfuOrder(random);
    this.#capacity = capacity;
  }

  access(key: number, hash: number = hashInteger(key)): void {
    if (this.keys.has(key)) return this.order.touched(key);
    this.order.added(key, hash);
    this.keys.add(key);
    if (this.keys.size <= this.#capacity) return;
    const victim = this.order.victim(nobody, key);
    assert.ok(victim !== key && this.keys.delete(victim), `${victim} is no victim`);
    this.order.removed(victim);
  }

  run(accesses: Trace): this {
    for (const key of accesses) this.access(key);
    return this;
  }
}

test('every victim is there, not pinned and not spared, and every entry goes once', () => {
  for (let round = 0; round < 30 * EFFORT; round++) {
    const seed = SEED + round;
    const random = randomOf(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const order = new TinyLfuOrder(random);
    const capacity = 1 + below(200);
    const next = zipf(4 * capacity, 0.8, random);
    const live = new Set<number>();
    const pinned = new Set<number>();
    const isPinned = (slot: number): boolean => pinned.has(slot);
    for (let step = 0; step < 3000; step++) {
      const where = `seed ${seed} step ${step}`;
      const slot = next();
      if (live.has(slot) && random() < 0.05) {
        order.removed(slot);
        live.delete(slot);
        pinned.delete(slot);
        continue;
      }
      if (live.has(slot)) order.touched(slot);
      else order.added(slot, hashInteger(slot));
      live.add(slot);
      if (random() < 0.1) pinned.add(slot);
      for (const one of pinned) {
        if (random() > 0.05) continue;
        pinned.delete(one);
        order.unpinned(one);
      }
      for (const until = random() < 0.05 ? capacity / 2 : capacity; live.size > until;) {
        const victim = order.victim(isPinned, slot);
        if (victim < 0) {
          assert.ok(
            [...live].every((one) => one === slot || pinned.has(one)),
            `${where}: some could go`,
          );
          break;
        }
        assert.ok(live.delete(victim) && !pinned.has(victim) && victim !== slot, `${where}: ${victim}`);
        order.removed(victim);
      }
    }
    for (const one of pinned) order.unpinned(one);
    for (let left = live.size; left > 0; left--) {
      const victim = order.victim(nobody, -1);
      assert.ok(live.delete(victim), `seed ${seed}: ${victim} goes, ${left} left`);
      order.removed(victim);
    }
    assert.is(order.victim(nobody, -1), -1);
  }
});

test('a scan drives out nobody who is asked for', () => {
  const cache = new Cache(200);
  for (let time = 0; time < 5; time++) for (let key = 0; key < 150; key++) cache.access(key);
  for (let key = 1000; key < 2500; key++) cache.access(key);
  let kept = 0;
  for (let key = 0; key < 150; key++) if (cache.keys.has(key)) kept++;
  assert.ok(kept >= 148, `${kept} of 150 are left`);
});

test('what was popular goes when it is not asked for any more', () => {
  const cache = new Cache(200);
  for (let time = 0; time < 15; time++) for (let key = 0; key < 200; key++) cache.access(key);
  const next = zipf(300, 0.5, randomOf(SEED));
  for (let step = 0; step < 20_000; step++) cache.access(1000 + next());
  assert.ok([...cache.keys].filter((key) => key < 1000).length <= 2, `${[...cache.keys].filter((key) => key < 1000).length} are left`);
});

test('the window grows where the new is asked for again, and shrinks in a loop', () => {
  const growing = new Cache(100).run(recent(60_000, 150, 3, randomOf(SEED)));
  assert.ok(growing.order.windowShare > 0.3, `${growing.order.windowShare}`);
  const shrinking = new Cache(400).run(loop(60_000, 500));
  assert.ok(shrinking.order.windowShare < 0.1, `${shrinking.order.windowShare}`);
});

test('a newcomer that is asked for often wins by chance over keys that were made to look popular', () => {
  const admitted = (chance: number): number => {
    const cache = new Cache(100, () => chance);
    // All have the same hash, as an attacker would choose them: the sketch takes them for one key, at its maximum.
    for (let key = 0; key < 100; key++) for (let time = 0; time < 3; time++) cache.access(key, 7);
    let there = 0;
    for (let key = 1000; key < 1020; key++) {
      // Asked for often, though it is not there.
      for (let time = 0; time < 8; time++) {
        cache.access(key);
        cache.access(key + 1000);
        if (cache.keys.has(key)) there++;
      }
    }
    return there + [...cache.keys].filter((key) => key >= 1000).length;
  };
  assert.ok(admitted(0) > admitted(0.5), `${admitted(0)} and ${admitted(0.5)}`);
});

test('newcomers are compared one by one, the newest first, then the oldest of the window; each once', () => {
  const order = new TinyLfuOrder(() => 0.5);
  const go = (): number => {
    const victim = order.victim(nobody, -1);
    order.removed(victim);
    return victim;
  };
  // The window has one place. All have the same hash, so all comparisons are ties, which the newcomer loses.
  for (let slot = 0; slot < 100; slot++) order.added(slot, 7);
  assert.equal([go(), go()], [98, 97]);
  order.added(100, 7);
  order.added(101, 7);
  assert.equal([go(), go(), go(), go()], [100, 99, 101, 0], 'those since the last eviction, the window, and who is left');
});

test('one entry, and none', () => {
  const cache = new Cache(1);
  for (let key = 0; key < 50; key++) cache.access(key % 3);
  assert.equal([...cache.keys], [1]);
  cache.order.removed(1);
  assert.is(cache.order.victim(nobody, -1), -1);
  cache.order.added(1, 5);
  cache.order.clear();
  cache.order.clear();
  assert.is(cache.order.victim(nobody, -1), -1);
});

test('the order forgets what it learned when it is cleared', () => {
  const used = new Cache(100).run(recent(20_000, 150, 3, randomOf(SEED))).order;
  used.clear();
  const fresh = new TinyLfuOrder(() => 0.5);
  const next = zipf(300, 0.9, randomOf(SEED + 1));
  const live = new Set<number>();
  for (let step = 0; step < 5000; step++) {
    const slot = next();
    for (const order of [used, fresh]) {
      if (live.has(slot)) order.touched(slot);
      else order.added(slot, hashInteger(slot));
    }
    live.add(slot);
    if (live.size <= 100) continue;
    const victim = fresh.victim(nobody, slot);
    assert.is(used.victim(nobody, slot), victim, `step ${step}`);
    for (const order of [used, fresh]) order.removed(victim);
    live.delete(victim);
  }
});

test.run();
