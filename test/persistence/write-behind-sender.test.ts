/** One batch of a write-behind queue on its way: it lets the event loop turn. */
import * as assert from 'uvu/assert';
import { hashKey } from '../../lib/data/key.ts';
import { StoreCalls } from '../../lib/persistence/store-calls.ts';
import { WriteBehindQueue } from '../../lib/persistence/write-behind-queue.ts';
import { WriteBehindSender } from '../../lib/persistence/write-behind-sender.ts';
import { describe } from '../kit/describe.ts';
import { testClock } from '../kit/instance.ts';

const test = describe('write-behind sender');

test('entries that are refused one by one are tried in slices', async () => {
  const clock = testClock();
  let yields = 0;
  let calls = 0;
  const refuse = (): never => {
    calls++;
    clock.advance(1);
    throw new Error('refused');
  };
  const queue = new WriteBehindQueue(true);
  for (let key = 0; key < 256; key++) {
    const at = { key, hash: hashKey(key), partition: 0 };
    queue.add({ sequence: key, kind: 'store', at, stored: 1, queuedAt: 0, dueAt: 0, attempts: 0, isHopeless: false, next: undefined });
  }
  const refused: unknown[] = [];
  const unexpected = (): never => {
    throw new Error('nothing else happens to them');
  };
  const sender = new WriteBehindSender(
    {
      calls: new StoreCalls('test', { failureKind: () => 'poison', storeAll: refuse }),
      clock: { ...clock, yield: () => (yields++, clock.yield()) },
      sliceMs: 5,
      handOut: (stored) => stored,
    },
    { written: unexpected, returned: unexpected, failed: unexpected, refused: ({ at }) => void refused.push(at.key) },
  );
  await sender.send(queue.takeFresh(Infinity, 1000));
  assert.is(refused.length, 256);
  assert.is(calls, 511, 'all halves down to the single ones');
  assert.is(yields, Math.floor((calls - 1) / 5));
});

test.run();
