/** SIMD kernels, plain kernels and the plainest of loops agree; the binary is what its source says. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import openWabt from 'wabt';
import { createColumnMemory, warmUp, type ColumnMemory } from '../../lib/columns/column-memory.ts';
import { KERNELS_BASE64 } from '../../lib/columns/kernels-binary.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const ROWS_MAX = 2048;
const BYTES_MAX = ROWS_MAX / 8;
const CASES = { seed: SEED, numRuns: 80 };

/** A memory with room for one case. */
interface Bench {
  readonly memory: ColumnMemory;
  readonly column: number;
  readonly table: number;
  readonly out: number;
  readonly a: number;
  readonly b: number;
}

const benches: Bench[] = [true, false].map((simd) => {
  const memory = createColumnMemory({ simd });
  return {
    memory,
    column: memory.allocate(ROWS_MAX * 8),
    table: memory.allocate(65_536),
    out: memory.allocate(ROWS_MAX * 4),
    a: memory.allocate(BYTES_MAX),
    b: memory.allocate(BYTES_MAX),
  };
});

const test = describe('column kernels');

const rowCount = fc.integer({ min: 1, max: ROWS_MAX / 256 }).map((units) => units * 256);
const bytes = fc.uint8Array({ minLength: ROWS_MAX * 8, maxLength: ROWS_MAX * 8 });

/** Runs a scan in both memories and compares it with a loop over the rows. */
function checkScan(data: Uint8Array, rows: number, scan: (bench: Bench) => void, expected: (bench: Bench, row: number) => boolean): void {
  for (const bench of benches) {
    bench.memory.u8(bench.column, data.length).set(data);
    bench.memory.u8(bench.out, BYTES_MAX + 1).fill(0xa5);
    scan(bench);
    const bits = bench.memory.u8(bench.out, BYTES_MAX + 1);
    for (let row = 0; row < rows; row++) {
      const bit = (bits[row >>> 3]! >>> (row & 7)) & 1;
      if ((bit === 1) !== expected(bench, row)) assert.unreachable(`${bench.memory.kernels.name}: row ${row} of ${rows} is ${bit}`);
    }
    assert.is(bits[rows / 8], 0xa5, `${bench.memory.kernels.name}: wrote beyond its rows`);
  }
}

test('the two memories have the two kinds of kernels', () => {
  assert.equal(
    benches.map(({ memory }) => memory.kernels.name),
    ['simd', 'plain'],
  );
});

test('rangeU8', () => {
  fc.assert(
    fc.property(bytes, rowCount, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (data, rows, low, span) => {
      checkScan(
        data,
        rows,
        ({ memory, column, out }) => memory.kernels.rangeU8(column, rows, low, span, out),
        (_, row) => ((data[row]! - low) & 0xff) <= span,
      );
    }),
    CASES,
  );
});

test('rangeU16', () => {
  fc.assert(
    fc.property(bytes, rowCount, fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }), (data, rows, low, span) => {
      checkScan(
        data,
        rows,
        ({ memory, column, out }) => memory.kernels.rangeU16(column, rows, low, span, out),
        ({ memory, column }, row) => ((memory.u16(column, ROWS_MAX)[row]! - low) & 0xffff) <= span,
      );
    }),
    { ...CASES, numRuns: 60 },
  );
});

test('rangeI32', () => {
  const int = fc.oneof(fc.integer(), fc.constantFrom(-0x8000_0000, -0x7fff_ffff, 0x7fff_ffff, 0, -1));
  fc.assert(
    fc.property(bytes, rowCount, int, int, (data, rows, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      new DataView(data.buffer, data.byteOffset).setInt32(0, low, true);
      new DataView(data.buffer, data.byteOffset).setInt32(4, high, true);
      const values = new Int32Array(data.slice().buffer);
      checkScan(
        data,
        rows,
        ({ memory, column, out }) => memory.kernels.rangeI32(column, rows, low, high - low, out),
        (_, row) => values[row]! >= low && values[row]! <= high,
      );
    }),
    CASES,
  );
});

test('rangeF64, with NaN, infinities and both zeros', () => {
  const specials = [NaN, Infinity, -Infinity, 0, -0, 1.5, -1.5, Number.MAX_VALUE, Number.MIN_VALUE, 1e-310];
  const bound = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(...specials.filter((value) => !Number.isNaN(value))));
  fc.assert(
    fc.property(bytes, rowCount, bound, bound, (data, rows, low, high) => {
      const values = new Float64Array(data.slice().buffer);
      for (const [i, special] of [...specials, low, high].entries()) values[(i * 37) % rows] = special;
      checkScan(
        new Uint8Array(values.buffer),
        rows,
        ({ memory, column, out }) => memory.kernels.rangeF64(column, rows, low, high, out),
        (_, row) => values[row]! >= low && values[row]! <= high,
      );
    }),
    CASES,
  );
});

test('tableU8', () => {
  fc.assert(
    fc.property(bytes, rowCount, fc.uniqueArray(fc.integer({ min: 0, max: 255 })), (data, rows, codes) => {
      const chosen = new Set(codes);
      checkScan(
        data,
        rows,
        ({ memory, column, table, out }) => {
          memory.kernels.writeTableU8(table, (code) => chosen.has(code));
          memory.kernels.tableU8(column, rows, table, out);
        },
        (_, row) => chosen.has(data[row]!),
      );
    }),
    CASES,
  );
});

test('tableU16', () => {
  const tableBytes = fc.uint8Array({ minLength: 4096, maxLength: 4096, max: 1 });
  fc.assert(
    fc.property(bytes, rowCount, tableBytes, (data, rows, table) => {
      const codes = new Uint16Array(data.slice().buffer);
      checkScan(
        data,
        rows,
        (bench) => {
          const written = bench.memory.u8(bench.table, 65_536);
          for (let code = 0; code < 65_536; code++) written[code] = table[code & 4095]!;
          bench.memory.kernels.tableU16(bench.column, rows, bench.table, bench.out);
        },
        (_, row) => table[codes[row]! & 4095] === 1,
      );
    }),
    { ...CASES, numRuns: 10 },
  );
});

test('algebra of bitmaps, also in place, and their counts', () => {
  const bitmap = fc.uint8Array({ minLength: BYTES_MAX, maxLength: BYTES_MAX });
  fc.assert(
    fc.property(bitmap, bitmap, rowCount, fc.boolean(), (x, y, rows, inPlace) => {
      const length = rows / 8;
      for (const bench of benches) {
        const { memory, a, b } = bench;
        const { kernels } = memory;
        const out = inPlace ? a : bench.out;
        const result = (run: () => void): number[] => {
          memory.u8(a, BYTES_MAX).set(x);
          memory.u8(b, BYTES_MAX).set(y);
          run();
          return [...memory.u8(out, length)];
        };
        const expected = (f: (p: number, q: number) => number): number[] => [...x.subarray(0, length)].map((p, i) => f(p, y[i]!) & 0xff);
        assert.equal(
          result(() => kernels.and(out, a, b, length)),
          expected((p, q) => p & q),
        );
        assert.equal(
          result(() => kernels.or(out, a, b, length)),
          expected((p, q) => p | q),
        );
        assert.equal(
          result(() => kernels.andNot(out, a, b, length)),
          expected((p, q) => p & ~q),
        );
        assert.equal(
          result(() => kernels.not(out, a, length)),
          expected((p) => ~p),
        );
        assert.equal(
          result(() => kernels.fill(out, length, 7)),
          expected(() => 7),
        );
        result(() => {});
        assert.is(kernels.popcount(a, length), onesIn(expected((p) => p)));
        assert.is(kernels.popcountAnd(a, b, length), onesIn(expected((p, q) => p & q)));
      }
    }),
    CASES,
  );
});

test('positions of set bits', () => {
  const bitmap = fc.oneof(
    fc.uint8Array({ minLength: BYTES_MAX, maxLength: BYTES_MAX }),
    fc.uint8Array({ minLength: BYTES_MAX, maxLength: BYTES_MAX, max: 1 }),
    fc.constantFrom(0, 255).map((byte) => new Uint8Array(BYTES_MAX).fill(byte)),
  );
  fc.assert(
    fc.property(bitmap, rowCount, fc.constantFrom(0, 65_536, 0x7000_0000), (bits, rows, base) => {
      const expected = Array.from({ length: rows }, (_, row) => row).filter((row) => ((bits[row >>> 3]! >>> (row & 7)) & 1) === 1);
      for (const { memory, a, column } of benches) {
        memory.u8(a, BYTES_MAX).set(bits);
        const found = memory.kernels.positions(a, rows / 8, base, column);
        assert.equal(
          [...memory.i32(column, found)],
          expected.map((row) => row + base),
        );
      }
    }),
    { ...CASES, numRuns: 60 },
  );
});

test('nothing is touched for no rows', () => {
  for (const { memory, a, b, column, table, out } of benches) {
    const { kernels } = memory;
    memory.u8(out, BYTES_MAX).fill(0xa5);
    kernels.rangeU8(column, 0, 0, 255, out);
    kernels.rangeU16(column, 0, 0, 255, out);
    kernels.rangeI32(column, 0, 0, 255, out);
    kernels.rangeF64(column, 0, 0, 255, out);
    kernels.tableU8(column, 0, table, out);
    kernels.tableU16(column, 0, table, out);
    kernels.and(out, a, b, 0);
    kernels.or(out, a, b, 0);
    kernels.andNot(out, a, b, 0);
    kernels.not(out, a, 0);
    kernels.fill(out, 0, 1);
    assert.is(kernels.popcount(a, 0) + kernels.popcountAnd(a, b, 0) + kernels.positions(a, 0, 0, out), 0);
    assert.ok(memory.u8(out, BYTES_MAX).every((byte) => byte === 0xa5));
  }
});

test('warming up leaves nothing behind', () => {
  for (const { memory } of benches) {
    const before = memory.allocatedBytes;
    warmUp(memory);
    assert.is(memory.allocatedBytes, before);
  }
});

test('the binary is what kernels.wat says', async () => {
  const source = readFileSync(new URL('../../lib/columns/kernels.wat', import.meta.url), 'utf8');
  const wabt = await openWabt();
  const assembled = wabt.parseWat('kernels.wat', source, { simd: true, threads: true, bulk_memory: true });
  const { buffer } = assembled.toBinary({});
  assembled.destroy();
  assert.is(Buffer.from(buffer).toString('base64'), KERNELS_BASE64, 'run node .ci/build-kernels.mjs');
});

test.run();

/** Set bits of all bytes. */
function onesIn(values: readonly number[]): number {
  return values.reduce((total, value) => total + value.toString(2).replaceAll('0', '').length, 0);
}
