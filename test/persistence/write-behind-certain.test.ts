/** Write-behind in a cluster: the store is not told of what another member might still undo. */
import * as assert from 'uvu/assert';
import { WriteBehind } from '../../lib/persistence/write-behind.ts';
import { StoreCalls } from '../../lib/persistence/store-calls.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';
import { settled } from '../kit/settled.ts';

const test = describe('write-behind of what is certain');

const DELAY_MS = 1000;

interface Stage {
  readonly stored: [unknown, unknown][][];
  readonly asked: number[][];
  readonly queue: WriteBehind;
  readonly clock: ReturnType<typeof testClock>;
}

/** `answers`: to each question whether partitions are certain; then always. */
function stage(answers: (boolean | Promise<boolean>)[]): Stage {
  const stored: [unknown, unknown][][] = [];
  const asked: number[][] = [];
  const clock = testClock();
  const store = { storeAll: async (entries: ReadonlyMap<unknown, unknown>) => void stored.push([...entries]) };
  const config = {
    delayMs: DELAY_MS,
    batchSize: 10,
    coalescing: true,
    capacity: 100,
    onFull: 'wait',
    maxRetries: 3,
    onDeadLetter: undefined,
  } as const;
  const queue = new WriteBehind({
    calls: new StoreCalls('m', store, {}),
    config,
    clock,
    sliceMs: 5,
    handOut: (value) => value,
    onSettled: () => undefined,
    committed: (partitions) => {
      asked.push([...partitions]);
      return answers.shift() ?? true;
    },
  });
  return { stored, asked, queue, clock };
}

test('it waits until it is certain, and sends what was written last', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { stored, asked, queue, clock } = stage([promise]);
  queue.store({ key: 'a', partition: 3, hash: 1 }, 1);
  queue.store({ key: 'b', partition: 3, hash: 1 }, 2);
  clock.advance(DELAY_MS);
  await settled();
  assert.equal([asked, stored], [[[3]], []]);
  resolve(true);
  await settled();
  assert.equal(stored, [[['a', 1], ['b', 2]]]); // prettier-ignore
  assert.is(queue.isPending('a'), false);
});

test('when nobody can say, it is put back, and tried again later', async () => {
  const { stored, queue, clock } = stage([false, Promise.resolve(false)]);
  queue.store({ key: 'a', partition: 3, hash: 1 }, 1);
  clock.advance(DELAY_MS);
  await settled();
  assert.equal([stored, queue.isPending('a')], [[], true]);
  queue.store({ key: 'a', partition: 3, hash: 1 }, 2);
  for (let round = 0; round < 20 && stored.length === 0; round++) {
    clock.advance(DELAY_MS);
    await settled();
  }
  assert.equal(stored, [[['a', 2]]]);
});

test('what goes to another member meanwhile is not sent', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { stored, queue, clock } = stage([promise]);
  queue.store({ key: 'a', partition: 3, hash: 1 }, 1);
  clock.advance(DELAY_MS);
  await settled();
  queue.drop(3);
  resolve(true);
  await settled();
  assert.equal(stored, []);
});

test.run();
