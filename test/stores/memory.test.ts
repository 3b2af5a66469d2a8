/** The reference store. */
import * as assert from 'uvu/assert';
import { MemoryMapStore } from '../../stores/memory.ts';
import { describe } from '../kit/describe.ts';
import { conformance, type Person } from './conformance.ts';

conformance('MemoryMapStore', async () => ({ store: new MemoryMapStore<number, Person>() }));

const test = describe('MemoryMapStore');

test('keys are equal by value', async () => {
  const store = new MemoryMapStore<object, number>();
  await store.store({ a: 1, b: [2, new Date(3)] }, 4);
  assert.is(await store.load({ b: [2, new Date(3)], a: 1 }), 4);
  assert.is(await store.load({ a: '1', b: [2, new Date(3)] }), undefined);
});

test('calls are recorded on demand, and may be made to fail', async () => {
  const store = new MemoryMapStore<string, number>({
    entries: [['a', 1]],
    record: true,
    onCall({ method }) {
      if (method === 'delete') throw new Error('no deletes today');
    },
  });
  await store.store('b', 2);
  try {
    await store.delete('a');
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'no deletes today');
  }
  assert.equal(store.entries, new Map([['a', 1], ['b', 2]])); // prettier-ignore
  assert.equal(store.calls, [
    { method: 'store', keys: ['b'], entries: new Map([['b', 2]]) },
    { method: 'delete', keys: ['a'] },
  ]);
});

test.run();
