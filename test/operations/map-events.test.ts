/** The queue of events: order, pauses, what waits at most, and who hears what. */
import * as assert from 'uvu/assert';
import type { Slices } from '../../lib/indexes/attribute-set.ts';
import { BACKLOG_MAX, MapEvents, type EntryChange, type Subscriber } from '../../lib/operations/map-events.ts';
import { describe } from '../kit/describe.ts';

const test = describe('map events');

/** Time that passes with each look at the clock; pauses end when `turn` is called. */
function slowSlices(stepMs: number): { readonly slices: Slices; readonly turn: () => Promise<void>; readonly pauses: () => number } {
  let now = 0;
  let paused: (() => void)[] = [];
  let pauses = 0;
  return {
    slices: {
      now: () => (now += stepMs),
      sliceMs: 5,
      pause: () =>
        new Promise((resolve) => {
          pauses++;
          paused.push(resolve);
        }),
    },
    turn: async () => {
      for (const resolve of paused.splice(0)) resolve();
      paused = [];
      await microtasks();
    },
    pauses: () => pauses,
  };
}

class Keeper implements Subscriber {
  readonly types: ReadonlySet<EntryChange['type']>;
  readonly heard: EntryChange[] = [];
  ended = 0;
  readonly #onDeliver: (change: EntryChange) => void;

  constructor(types: readonly EntryChange['type'][] = ['added', 'removed'], onDeliver: (change: EntryChange) => void = () => undefined) {
    this.types = new Set(types);
    this.#onDeliver = onDeliver;
  }

  deliver(change: EntryChange): void {
    this.heard.push(change);
    this.#onDeliver(change);
  }

  end(): void {
    this.ended++;
  }

  get keys(): unknown[] {
    return this.heard.map(({ key }) => key);
  }
}

test('nothing is delivered in the midst of a change, all of it in order soon after', async () => {
  const events = new MapEvents(slowSlices(0).slices);
  const keeper = new Keeper();
  events.subscribe(keeper);
  for (let i = 0; i < 1000; i++) events.tell('added', i, i, undefined, i);
  assert.is(keeper.heard.length, 0);
  await microtasks();
  assert.equal(keeper.keys, [...Array(1000).keys()]);
  assert.equal(keeper.heard[7], { type: 'added', key: 7, stored: 7, before: undefined, at: 7, count: 1 });
});

test('it is active while somebody listens, and counts what somebody wanted to hear', async () => {
  const events = new MapEvents(slowSlices(0).slices);
  assert.is(events.active, false);
  const stops = [events.subscribe(new Keeper(['added'])), events.subscribe(new Keeper(['added', 'removed']))];
  assert.is(events.active, true);
  events.tell('added', 1, 1, undefined, 0);
  events.tell('removed', 1, undefined, 1, 0);
  events.tell('expired', 1, undefined, 1, 0);
  assert.is(events.count, 2);
  assert.equal(
    stops.map((stop) => stop()),
    [true, true],
  );
  assert.equal(
    stops.map((stop) => stop()),
    [false, false],
  );
  assert.is(events.active, false);
});

test('long series are delivered in slices, with pauses', async () => {
  const { slices, turn, pauses } = slowSlices(1);
  const events = new MapEvents(slices);
  const keeper = new Keeper();
  events.subscribe(keeper);
  for (let i = 0; i < 2000; i++) events.tell('added', i, i, undefined, 0);
  await microtasks();
  assert.is(keeper.heard.length, 320); // 5 ms, looked at every 64
  events.tell('added', 2000, 1, undefined, 0);
  await microtasks();
  assert.is(keeper.heard.length, 320); // who waits for a turn is not called for more
  while (keeper.heard.length < 2001) await turn();
  assert.ok(pauses() >= 6);
  assert.equal(keeper.keys, [...Array(2001).keys()]);
});

test('no more than BACKLOG_MAX wait for the event loop to turn', async () => {
  const { slices, turn } = slowSlices(1);
  const events = new MapEvents(slices);
  const keeper = new Keeper();
  events.subscribe(keeper);
  let told = 0;
  // A writer that lets microtasks run, but never the event loop turn.
  for (; told < 3 * BACKLOG_MAX;) {
    for (let i = 0; i < 1000; i++) events.tell('added', told++, 1, undefined, 0);
    await microtasks();
    assert.ok(told - keeper.heard.length < BACKLOG_MAX + 1000, `${told - keeper.heard.length} wait`);
  }
  while (keeper.heard.length < told) await turn();
  assert.ok(keeper.keys.every((key, i) => key === i));
});

test('one who subscribes hears of what comes, one who ends of nothing more', async () => {
  const events = new MapEvents(slowSlices(0).slices);
  const late = new Keeper();
  const early = new Keeper(['added'], ({ key }) => {
    if (key === 1) events.subscribe(late);
    if (key === 2) stop();
  });
  const stop = events.subscribe(early);
  for (let i = 0; i < 4; i++) events.tell('added', i, 1, undefined, 0);
  await microtasks();
  events.tell('added', 4, 1, undefined, 0);
  await microtasks();
  assert.equal(early.keys, [0, 1, 2]);
  assert.equal(late.keys, [4]);
  assert.is(early.ended, 0);
});

test('closing delivers what there is, slice by slice, and ends once', async () => {
  const { slices, turn } = slowSlices(1);
  const events = new MapEvents(slices);
  const keeper = new Keeper();
  const other = new Keeper(['removed']);
  events.subscribe(keeper);
  const stop = events.subscribe(other);
  for (let i = 0; i < 1000; i++) events.tell('added', i, 1, undefined, 0);
  const closing = { isDone: false };
  const closed = events.close().then(() => (closing.isDone = true));
  await microtasks();
  assert.is(closing.isDone, false);
  assert.is(events.active, false);
  while (!closing.isDone) await turn();
  await closed;
  assert.is(keeper.heard.length, 1000);
  assert.equal([keeper.ended, other.ended], [1, 1]);
  assert.is(stop(), false);
});

test.run();

async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
