/** Column memory: aligned, zeroed, reused, growing in place, bounded. */
import * as assert from 'uvu/assert';
import { createColumnMemory } from '../../lib/columns/column-memory.ts';
import { describe } from '../kit/describe.ts';

const test = describe('column memory');

for (const simd of [true, false]) {
  const name = simd ? 'shared' : 'plain';

  test(`${name}: pieces are aligned, zero, and apart`, () => {
    const memory = createColumnMemory({ simd });
    const sizes = [1, 64, 65, 100, 1000, 1024, 5000, 65_536, 100_000, 524_288, 3, 2_000_000];
    const pieces = sizes.map((bytes) => ({ bytes, address: memory.allocate(bytes) }));
    for (const [i, { bytes, address }] of pieces.entries()) {
      assert.ok(address > 0 && address % 64 === 0);
      assert.ok(memory.u8(address, bytes).every((byte) => byte === 0));
      memory.u8(address, bytes).fill(i + 1);
    }
    for (const [i, { bytes, address }] of pieces.entries()) assert.ok(memory.u8(address, bytes).every((byte) => byte === i + 1));
  });

  test(`${name}: a freed piece is handed out again, zero`, () => {
    const memory = createColumnMemory({ simd });
    const address = memory.allocate(1000);
    memory.u8(address, 1000).fill(9);
    memory.free(address, 1000);
    assert.is(memory.allocatedBytes, 0);
    const again = memory.allocate(1000);
    assert.is(again, address);
    assert.ok(memory.u8(again, 1000).every((byte) => byte === 0));
    assert.is.not(memory.allocate(1000), address);
  });

  test(`${name}: views stay valid while the memory grows`, () => {
    const memory = createColumnMemory({ simd });
    const view = memory.f64(memory.allocate(80), 10);
    view[3] = 1.25;
    for (let i = 0; i < 40; i++) memory.allocate(300_000);
    view[4] = 2.5;
    assert.equal([...view.subarray(3, 5)], [1.25, 2.5]);
  });

  test(`${name}: all views of an address see the same bytes`, () => {
    const memory = createColumnMemory({ simd });
    memory.allocate(1_000_000);
    const address = memory.allocate(64);
    memory.u32(address, 16)[0] = 0x8000_0001;
    assert.is(memory.u8(address, 64)[0], 1);
    assert.is(memory.u16(address, 32)[1], 0x8000);
    assert.is(memory.i32(address, 16)[0], -0x7fff_ffff);
    memory.f64(address, 8)[1] = -2;
    assert.is(memory.u32(address, 16)[3], 0xc000_0000);
  });

  test(`${name}: says when it is full`, () => {
    const memory = createColumnMemory({ simd, maximumBytes: 1 << 20 });
    assert.throws(
      () => {
        for (let i = 0; i < 100; i++) memory.allocate(65_536);
      },
      (error: unknown) => error instanceof RangeError && /full/.test(error.message),
    );
    assert.ok(memory.allocatedBytes > 600_000);
  });
}

test('hundreds of memories can be made and dropped', () => {
  for (let i = 0; i < 300; i++) {
    const memory = createColumnMemory();
    const address = memory.allocate(1024);
    memory.kernels.fill(address, 1024, 1);
    assert.is(memory.kernels.popcount(address, 1024), 1024);
  }
});

test('addresses above 2 GiB work', () => {
  const memory = createColumnMemory();
  // Reserved only: the system gives pages when they are written to.
  const big = 1_500 * 2 ** 20;
  memory.allocate(big);
  memory.allocate(big / 2);
  const address = memory.allocate(65_536);
  assert.ok(address > 2 ** 31);
  memory.u8(address, 256).fill(5);
  const out = memory.allocate(32);
  memory.kernels.rangeU8(address, 256, 5, 0, out);
  assert.is(memory.kernels.popcount(out, 32), 256);
  assert.is(memory.kernels.positions(out, 32, 0, address), 256);
  memory.kernels.writeTableU8(out, (code) => code === 5);
  assert.ok(memory.u8(out, 32).some((byte) => byte !== 0));
});

test.run();
