/** The bitmap of live slots, against a set. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { BLOCK_ROWS } from '../../lib/columns/column.ts';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import { createLiveRows } from '../../lib/columns/live-rows.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('live rows');
const memory = createColumnMemory();

test('does as a set does', () => {
  const slot = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 200_000 }));
  const step = fc.record({ slot, live: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const live = createLiveRows(memory);
      const model = new Set<number>();
      for (const { slot: at, live: on } of steps) {
        if (on) live.set(at);
        else live.clear(at);
        if (on) model.add(at);
        else model.delete(at);
        assert.is(live.has(at), on);
        assert.is(live.count, model.size);
      }
      let counted = 0;
      for (let block = 0; block < 4; block++) {
        const rows = live.rows(block);
        assert.is(rows % 256, 0);
        if (rows > 0) counted += memory.kernels.popcount(live.address(block), rows / 8);
      }
      assert.is(counted, model.size);
      for (const at of model) assert.ok(live.has(at));
      live.free();
    }),
    { seed: SEED, numRuns: 100 },
  );
  assert.is(memory.allocatedBytes, 0);
});

test('block 0 begins small and doubles; later blocks are whole', () => {
  const live = createLiveRows(memory);
  assert.is(live.rows(0), 0);
  const rowsAfter = [0, 1023, 1024, 5000, 40_000, 65_535].map((slot) => {
    live.set(slot);
    return live.rows(0);
  });
  assert.equal(rowsAfter, [1024, 1024, 2048, 8192, 65_536, 65_536]);
  live.set(BLOCK_ROWS);
  assert.is(live.rows(1), BLOCK_ROWS);
  live.free();
});

test.run();
