/** Whose beat stands still, and for whom it only seems so. */
import * as assert from 'uvu/assert';
import { BeatWatch } from '../../lib/cluster/beat-watch.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';
import { VirtualTime } from './virtual-time.ts';

const test = describe('beat watch');
const LEASE_MS = 1000;

function watching({ gapRule = true, rate = 1 } = {}): {
  readonly watch: BeatWatch;
  /** Reads these beats at that time of the world. */
  note(atMs: number, beats: Readonly<Record<string, number>>): Promise<void>;
  restMs(id: string): number;
} {
  const time = new VirtualTime(SEED);
  const watch = new BeatWatch(time.clock(rate), LEASE_MS, gapRule);
  const note = async (atMs: number, beats: Readonly<Record<string, number>>): Promise<void> => {
    await time.pass(atMs - time.now);
    watch.note(new Map(Object.entries(beats)));
  };
  return { watch, note, restMs: (id) => Math.round(watch.untilSilentMs(id)) };
}

test('a beat that stands still for a lease and a quarter is over', async () => {
  const { watch, note, restMs } = watching();
  await note(0, { a: 1, b: 1 });
  for (const at of [400, 800]) await note(at, { a: 1, b: at });
  assert.is(restMs('a'), 450);
  assert.is(restMs('b'), 1250);
  await note(1249, { a: 1, b: 1249 });
  assert.is(restMs('a'), 1);
  await note(1250, { a: 1, b: 1250 });
  assert.is(restMs('a'), 0);
  assert.is(watch.beatOf('a'), 1);
  await note(1300, { a: 2, b: 1251 });
  assert.is(restMs('a'), 1250);
});

test('by its own clock', async () => {
  const { note, restMs } = watching({ rate: 0.5 });
  await note(0, { a: 1 });
  for (const at of [500, 1000, 1500, 2000]) await note(at, { a: 1 });
  assert.is(restMs('a'), 250);
});

test('an answer that comes late and tells of older beats changes nothing', async () => {
  const { watch, note, restMs } = watching();
  await note(0, { a: 5 });
  await note(300, { a: 6 });
  await note(600, { a: 5 });
  assert.is(watch.beatOf('a'), 6);
  assert.is(restMs('a'), 950);
  await note(900, { a: 6 });
  assert.is(restMs('a'), 650);
});

test('who did not look for half a lease begins again, for all', async () => {
  for (const gapRule of [true, false]) {
    const { note, restMs } = watching({ gapRule });
    await note(0, { a: 1, b: 1 });
    await note(501, { a: 1, b: 1 });
    assert.is(restMs('a'), gapRule ? 1250 : 749);
    await note(1001, { a: 1, b: 1 });
    assert.is(restMs('b'), gapRule ? 750 : 249);
  }
});

test('who has no beat is not known', async () => {
  const { watch, note, restMs } = watching();
  await note(0, { a: 1 });
  assert.is(restMs('b'), Infinity);
  await note(400, {});
  assert.is(restMs('a'), Infinity);
  assert.is(watch.beatOf('a'), undefined);
  await note(800, { a: 1 });
  assert.is(restMs('a'), 1250);
});

test.run();
