/** The checker itself: it must see what is wrong. */
import * as assert from 'uvu/assert';
import { describe } from './describe.ts';
import { linearization, type Observed, type SequentialModel } from './linearizable.ts';

interface Call extends Observed {
  readonly write?: number;
  readonly read?: number;
}

const register: SequentialModel<number, Call> = {
  initial: 0,
  after: (state, { write, read }) => (write !== undefined ? [write] : read === state ? [state] : []),
  spell: String,
};
const test = describe('linearization');
const orderOf = (calls: readonly Call[]): number[] | undefined => linearization(calls, register)?.map(({ made }) => made);

test('finds the order that explains what was read', () => {
  assert.equal(orderOf([]), []);
  assert.equal(
    orderOf([
      { made: 1, returned: 5, write: 7 },
      { made: 2, returned: 3, read: 0 },
    ]),
    [2, 1],
  );
  assert.equal(
    orderOf([
      { made: 1, returned: 5, write: 7 },
      { made: 2, returned: 3, read: 7 },
    ]),
    [1, 2],
  );
});

test('a read of what was never written, or no more there, has no order', () => {
  assert.is(orderOf([{ made: 1, returned: 2, read: 3 }]), undefined);
  assert.is(
    orderOf([
      { made: 1, returned: 2, write: 7 },
      { made: 3, returned: 4, read: 0 },
    ]),
    undefined,
  );
  // A new value, then the old one again: both reads are during the write, but one after the other.
  const stale = [
    { made: 1, returned: 9, write: 7 },
    { made: 2, returned: 3, read: 7 },
    { made: 4, returned: 5, read: 0 },
  ];
  assert.is(orderOf(stale), undefined);
});

test('a call that never returned may have happened, or not', () => {
  const lost = { made: 1, returned: Infinity, write: 7 };
  assert.ok(orderOf([lost, { made: 2, returned: 3, read: 0 }, { made: 4, returned: 5, read: 7 }]));
  assert.ok(orderOf([lost, { made: 2, returned: 3, read: 0 }]));
  assert.is(orderOf([lost, { made: 2, returned: 3, read: 7 }, { made: 4, returned: 5, read: 0 }]), undefined);
});

test.run();
