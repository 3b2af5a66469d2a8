/** The kernels in plain JavaScript: same results over the same addresses, 15 to 40 times slower. For engines that refuse WebAssembly. */
import { TABLE_U16_BYTES, TABLE_U8_BYTES, type Kernels } from './kernels.ts';

/** Typed views of a memory; see `ColumnMemory`. */
export interface Views {
  u8(address: number, length: number): Uint8Array;
  u16(address: number, length: number): Uint16Array;
  u32(address: number, length: number): Uint32Array;
  i32(address: number, length: number): Int32Array;
  f64(address: number, length: number): Float64Array;
}

/** Bit of the sign. Integer scans make a difference negative for rows that pass and shift its sign in from above. */
const SIGN = 1 << 31;

/**
 * Each scan makes 32 rows into one word. Integers are compared without a branch: a mispredicted one costs more than the row.
 * Views are made per call: nothing beside the thousands of rows that a call scans.
 */
export function plainKernels(memory: Views): Kernels {
  const words = (address: number, bytes: number): Uint32Array => memory.u32(address, bytes >>> 2);
  return {
    name: 'plain',
    rangeU8: (column, rows, low, span, out) => rangeU8(memory.u8(column, rows), low & 0xff, span & 0xff, words(out, rows >>> 3)),
    rangeU16: (column, rows, low, span, out) => rangeU16(memory.u16(column, rows), low & 0xffff, span & 0xffff, words(out, rows >>> 3)),
    rangeI32: (column, rows, low, span, out) => rangeI32(memory.i32(column, rows), low | 0, span | 0, words(out, rows >>> 3)),
    rangeF64: (column, rows, low, high, out) => rangeF64(memory.f64(column, rows), low, high, words(out, rows >>> 3)),
    tableU8: (column, rows, table, out) => tableU8(memory.u8(column, rows), words(table, TABLE_U8_BYTES), words(out, rows >>> 3)),
    tableU16: (column, rows, table, out) => tableU16(memory.u16(column, rows), memory.u8(table, TABLE_U16_BYTES), words(out, rows >>> 3)),
    writeTableU8(table, passes) {
      const bits = words(table, TABLE_U8_BYTES).fill(0);
      for (let code = 0; code < 256; code++) if (passes(code)) bits[code >>> 5]! |= 1 << (code & 31);
    },
    and(out, a, b, bytes) {
      const [o, x, y] = [words(out, bytes), words(a, bytes), words(b, bytes)];
      for (let i = 0; i < o.length; i++) o[i] = x[i]! & y[i]!;
    },
    or(out, a, b, bytes) {
      const [o, x, y] = [words(out, bytes), words(a, bytes), words(b, bytes)];
      for (let i = 0; i < o.length; i++) o[i] = x[i]! | y[i]!;
    },
    andNot(out, a, b, bytes) {
      const [o, x, y] = [words(out, bytes), words(a, bytes), words(b, bytes)];
      for (let i = 0; i < o.length; i++) o[i] = x[i]! & ~y[i]!;
    },
    not(out, a, bytes) {
      const [o, x] = [words(out, bytes), words(a, bytes)];
      for (let i = 0; i < o.length; i++) o[i] = ~x[i]!;
    },
    fill: (out, bytes, byte) => void memory.u8(out, bytes).fill(byte),
    popcount: (a, bytes) => popcount(words(a, bytes)),
    popcountAnd(a, b, bytes) {
      const [x, y] = [words(a, bytes), words(b, bytes)];
      let total = 0;
      for (let i = 0; i < x.length; i++) total += ones(x[i]! & y[i]!);
      return total;
    },
    positions(a, bytes, base, out) {
      const bits = words(a, bytes);
      return positions(bits, base, memory.i32(out, popcount(bits)));
    },
  };
}

function rangeU8(column: Uint8Array, low: number, span: number, out: Uint32Array): void {
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) bits = (bits >>> 1) | ((((column[row]! - low) & 0xff) - span - 1) & SIGN);
    out[word] = bits;
  }
}

function rangeU16(column: Uint16Array, low: number, span: number, out: Uint32Array): void {
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) bits = (bits >>> 1) | ((((column[row]! - low) & 0xffff) - span - 1) & SIGN);
    out[word] = bits;
  }
}

function rangeI32(column: Int32Array, low: number, span: number, out: Uint32Array): void {
  if (span === -1) return void out.fill(~0);
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) bits = (bits >>> 1) | (borrow((column[row]! - low) | 0, (span + 1) | 0) & SIGN);
    out[word] = bits;
  }
}

/** A negative number if `a < b`, both taken as unsigned (H. S. Warren, "Hacker's Delight", 2-13). */
function borrow(a: number, b: number): number {
  return (~a & b) | ((~a | b) & (a - b));
}

function rangeF64(column: Float64Array, low: number, high: number, out: Uint32Array): void {
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) {
      const x = column[row]!;
      bits |= (x >= low && x <= high ? 1 : 0) << i;
    }
    out[word] = bits;
  }
}

function tableU8(column: Uint8Array, table: Uint32Array, out: Uint32Array): void {
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) {
      const code = column[row]!;
      bits |= ((table[code >>> 5]! >>> (code & 31)) & 1) << i;
    }
    out[word] = bits;
  }
}

function tableU16(column: Uint16Array, table: Uint8Array, out: Uint32Array): void {
  for (let word = 0, row = 0; word < out.length; word++) {
    let bits = 0;
    for (let i = 0; i < 32; i++, row++) bits |= table[column[row]!]! << i;
    out[word] = bits;
  }
}

function popcount(words: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < words.length; i++) total += ones(words[i]!);
  return total;
}

/** Set bits of a word: sums of neighbours, in place, at twice the width each time (H. S. Warren, "Hacker's Delight", 5-1). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function positions(words: Uint32Array, base: number, out: Int32Array): number {
  let found = 0;
  for (let word = 0; word < words.length; word++) {
    for (let bits = words[word]!; bits !== 0; bits &= bits - 1) out[found++] = base + (word << 5) + (31 - Math.clz32(bits & -bits));
  }
  return found;
}
