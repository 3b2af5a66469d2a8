/** The write-behind queue by itself: due times, order, what comes back, and the heap against sorting. */
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import { hashKey } from '../../lib/data/key.ts';
import { DueHeap } from '../../lib/persistence/due-heap.ts';
import { WriteBehindQueue, type Operation } from '../../lib/persistence/write-behind-queue.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('write-behind queue');
let sequence = 0;

function operation(key: string, dueAt: number): Operation {
  return {
    sequence: ++sequence,
    kind: 'store',
    at: { key, hash: hashKey(key), partition: 0 },
    stored: sequence,
    queuedAt: dueAt - 100,
    dueAt,
    attempts: 0,
    isHopeless: false,
    next: undefined,
  };
}

test('a heap gives what sorting gives, by due time, then by order', () => {
  const random = randomFrom(SEED);
  const heap = new DueHeap<{ readonly dueAt: number; readonly order: number }>();
  const model: { readonly dueAt: number; readonly order: number }[] = [];
  for (let order = 0; order < 5000; order++) {
    if (random() < 0.6) {
      const item = { dueAt: Math.floor(random() * 50), order };
      heap.add(item);
      model.push(item);
    } else if (model.length > 0) {
      model.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
      assert.is(heap.nextAt, model[0]!.dueAt);
      assert.is(heap.take(), model.shift());
    }
    assert.is(heap.size, model.length);
  }
  while (heap.size > 0) heap.take();
  assert.is(heap.nextAt, Infinity);
});

test('coalescing: a newer operation takes the place and the time of the one that waits', () => {
  const queue = new WriteBehindQueue(true);
  const [first, second] = [operation('k', 100), operation('k', 900)];
  assert.is(queue.add(first), undefined);
  assert.ok(queue.wouldReplace('k'));
  assert.is(queue.add(second), first);
  assert.is(queue.size, 1);
  assert.equal([queue.nextDueAt, second.queuedAt], [100, 0]);
  const [line] = queue.takeFresh(100, 9);
  assert.is(line!.sending, second);
  assert.is(queue.wouldReplace('k'), false, 'what is being sent can not be replaced');
});

test('coalescing: what comes back is given up for a newer one, which inherits its time', () => {
  const queue = new WriteBehindQueue(true);
  const [first, second] = [operation('k', 100), operation('k', 900)];
  queue.add(first);
  const [line] = queue.takeFresh(100, 9);
  queue.add(second);
  assert.is(queue.size, 2);
  assert.equal(queue.takeFresh(Infinity, 9), [], 'none of a key overtakes the one under way');
  assert.is(queue.putBack(line!), first);
  assert.equal([queue.size, queue.nextDueAt, second.queuedAt], [1, 100, 0]);
});

test('without coalescing what comes back is first again', () => {
  const queue = new WriteBehindQueue(false);
  const all = [operation('k', 100), operation('k', 200), operation('k', 300)];
  for (const one of all) queue.add(one);
  const [line] = queue.takeFresh(100, 9);
  assert.is(queue.putBack(line!), undefined);
  assert.equal([...queue.operations()], all);
  const [again] = queue.takeFresh(100, 9);
  assert.is(again!.sending, all[0]);
  assert.is(queue.settle(again!), false);
  assert.is(queue.nextDueAt, 200);
});

test('what has failed waits apart from the rest, also when it comes back untried, until something of its key gets through', () => {
  const queue = new WriteBehindQueue(true);
  queue.add(operation('bad', 100));
  queue.add(operation('good', 100));
  const [bad, good] = queue.takeFresh(100, 9);
  queue.settle(good!);
  queue.backOff(bad!, 500);
  assert.equal([queue.nextDueAt, queue.nextRetryAt], [Infinity, 500]);
  assert.equal(queue.takeFailed(499, 9), []);
  assert.equal(queue.takeFailed(500, 9), [bad]);
  queue.putBack(bad!);
  assert.equal([queue.nextDueAt, queue.nextRetryAt], [Infinity, 100]);
  queue.takeFailed(500, 9);
  queue.add(operation('bad', 700));
  queue.settle(bad!);
  assert.equal([queue.nextDueAt, queue.nextRetryAt], [700, Infinity]);
});

test('of those due at the same time the first comes first, as many as are asked for', () => {
  const queue = new WriteBehindQueue(true);
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  for (const key of keys) queue.add(operation(key, 100));
  assert.equal(queue.takeFresh(99, 9), []);
  const taken = [...queue.takeFresh(100, 7), ...queue.takeFresh(Infinity, 99)];
  assert.equal(taken.map(({ at }) => at.key), keys); // prettier-ignore
});

test.run();
