/**
 * Sorting slots by numbers without comparing: a least-significant-digit radix sort of doubles, a million in some 30 ms, in steps short enough to pause
 * between any two.
 *
 * The bits of an IEEE double, read as an integer, order positive numbers; with the sign bit flipped, and all bits flipped for negative numbers, they
 * order all (Herf, Radix Tricks, 2001). Four passes of 16-bit digits follow, from the least significant digit of the least significant key to
 * the most significant; each pass is stable, so that several keys need nothing more. A digit that is the same everywhere costs its
 * counting only: integers have two such.
 */
import type { Work } from '../execute/work.ts';

const RADIX = 65_536;
const ROWS_PER_STEP = 65_536;
/** Below this, comparing is faster than counting 65,536 digits. */
const COMPARED_ROWS_MAX = 3000;

/**
 * The order of rows 0 to n - 1 by their keys, the most significant key first, ties by `slots`: `order[i]` is the row that comes i-th. No key is NaN.
 * The arrays' contents are destroyed.
 */
export function* sortRows(slots: Int32Array, keys: readonly Float64Array[]): Work<Int32Array> {
  const rows = slots.length;
  let order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  if (rows <= COMPARED_ROWS_MAX) return order.sort((a, b) => compareRows(a, b, slots, keys));
  let spare = new Int32Array(rows);
  for (const { words, stride, word, shift } of digitsOf(slots, keys)) {
    yield* prepareWords(words, stride, word, shift);
    const starts = yield* countDigits(words, stride, word, shift);
    if (starts === undefined) continue;
    for (let from = 0; from < rows; from += ROWS_PER_STEP) {
      const to = Math.min(from + ROWS_PER_STEP, rows);
      for (let i = from; i < to; i++) {
        const row = order[i]!;
        spare[starts[(words[row * stride + word]! >>> shift) & (RADIX - 1)]!++] = row;
      }
      yield;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

/** One pass: 16 bits at `shift` of the `word`-th of each row's `stride` words. */
interface Digit {
  readonly words: Uint32Array;
  readonly stride: number;
  readonly word: number;
  readonly shift: number;
}

/** All passes, in order. */
function* digitsOf(slots: Int32Array, keys: readonly Float64Array[]): Generator<Digit> {
  const ascending = isAscending(slots);
  for (const shift of ascending ? [] : [0, 16])
    yield { words: new Uint32Array(slots.buffer, slots.byteOffset, slots.length), stride: 1, word: 0, shift };
  for (const key of keys.toReversed()) {
    const words = new Uint32Array(key.buffer, key.byteOffset, key.length * 2);
    for (const word of [0, 1]) for (const shift of [0, 16]) yield { words, stride: 2, word, shift };
  }
}

/** Before the first pass over a key of doubles: makes their bits order as integers do. */
function* prepareWords(words: Uint32Array, stride: number, word: number, shift: number): Work<void> {
  if (stride !== 2 || word !== 0 || shift !== 0) return;
  for (let from = 0; from < words.length; from += 2 * ROWS_PER_STEP) {
    const to = Math.min(from + 2 * ROWS_PER_STEP, words.length);
    for (let i = from; i < to; i += 2) {
      const low = words[i]!;
      const high = words[i + 1]!;
      if (high === 0x8000_0000 && low === 0) continue; // -0 is 0, whose bits come out the same.
      const negative = (high & 0x8000_0000) !== 0;
      words[i] = negative ? ~low : low;
      words[i + 1] = negative ? ~high : high | 0x8000_0000;
    }
    yield;
  }
}

/** Where the rows of each digit begin; undefined when all rows have the same digit. */
function* countDigits(words: Uint32Array, stride: number, word: number, shift: number): Work<Int32Array | undefined> {
  const starts = new Int32Array(RADIX);
  const rows = words.length / stride;
  for (let from = 0; from < rows; from += ROWS_PER_STEP) {
    const to = Math.min(from + ROWS_PER_STEP, rows);
    for (let row = from; row < to; row++) starts[(words[row * stride + word]! >>> shift) & (RADIX - 1)]!++;
    yield;
  }
  let start = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const count = starts[digit]!;
    if (count === rows) return undefined;
    starts[digit] = start;
    start += count;
  }
  return starts;
}

function isAscending(slots: Int32Array): boolean {
  for (let i = 1; i < slots.length; i++) if (slots[i]! < slots[i - 1]!) return false;
  return true;
}

function compareRows(a: number, b: number, slots: Int32Array, keys: readonly Float64Array[]): number {
  for (const key of keys) {
    if (key[a]! < key[b]!) return -1;
    if (key[a]! > key[b]!) return 1;
  }
  return slots[a]! - slots[b]!;
}
