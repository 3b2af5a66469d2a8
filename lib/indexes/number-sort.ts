/**
 * Sorts (double, slot) pairs in steps, so that an index can be built without holding up the event loop.
 *
 * Least-significant-digit radix sort over the bits of the doubles, 11 bits at a time (2,048 counters fit the first-level cache, and as many places
 * written to at once the second). Doubles become unsigned integers of the same order by flipping the sign bit, or all bits of a negative number. A
 * digit that is the same in all keys is skipped: integers of a small range need two or three passes instead of six. Each pass is stable, so slots
 * stay ascending within a key if they came so.
 *
 * Reference: D. E. Knuth, The Art of Computer Programming, volume 3, section 5.2.5; M. Herf, "Radix Tricks" (2001), for the bits of floats.
 */

/** Pairs handled between two yields. */
const STEP = 1 << 14;
const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
/** Word and shift of each digit, least significant first. */
const DIGITS = [
  { high: false, shift: 0 },
  { high: false, shift: 11 },
  { high: false, shift: 22 },
  { high: true, shift: 0 },
  { high: true, shift: 11 },
  { high: true, shift: 22 },
] as const;

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export interface Pairs {
  readonly keys: Float64Array;
  readonly slots: Int32Array;
}

/** Returns the pairs in order; the arrays it was given are used as room and hold nothing useful afterwards. */
export function* sortNumbers({ keys, slots }: Pairs): Generator<void, Pairs> {
  const total = keys.length;
  let sorted = true;
  for (let from = 1; from < total && sorted; from += STEP) {
    sorted = isSorted(keys, from, Math.min(total, from + STEP));
    yield;
  }
  if (sorted) return { keys, slots };
  let source: Bits = { words: new Uint32Array(keys.buffer, keys.byteOffset, total * 2), slots };
  const counters = new Int32Array(DIGITS.length * BUCKETS);
  for (let from = 0; from < total; from += STEP) {
    countDigits(source.words, counters, from, Math.min(total, from + STEP));
    yield;
  }
  let target: Bits = { words: new Uint32Array(total * 2), slots: new Int32Array(total) };
  for (const [number, digit] of DIGITS.entries()) {
    const places = counters.subarray(number * BUCKETS, (number + 1) * BUCKETS);
    if (places.includes(total)) continue;
    toStarts(places);
    for (let from = 0; from < total; from += STEP) {
      scatter(source, target, places, wordOf(digit.high), digit.shift, from, Math.min(total, from + STEP));
      yield;
    }
    [source, target] = [target, source];
  }
  for (let from = 0; from < total; from += STEP) {
    restore(source.words, from, Math.min(total, from + STEP));
    yield;
  }
  return { keys: new Float64Array(source.words.buffer, source.words.byteOffset, total), slots: source.slots };
}

interface Bits {
  readonly words: Uint32Array;
  readonly slots: Int32Array;
}

function wordOf(high: boolean): 0 | 1 {
  return high === LITTLE_ENDIAN ? 1 : 0;
}

function isSorted(keys: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (keys[i - 1]! > keys[i]!) return false;
  return true;
}

/** Makes the bits comparable as unsigned integers, and counts each digit on the way. */
function countDigits(words: Uint32Array, counters: Int32Array, from: number, to: number): void {
  const lowWord = wordOf(false);
  const highWord = wordOf(true);
  for (let i = from; i < to; i++) {
    const bits = words[2 * i + highWord]!;
    const negative = bits >>> 31 === 1;
    const high = (negative ? ~bits : bits ^ 0x8000_0000) >>> 0;
    const low = negative ? ~words[2 * i + lowWord]! >>> 0 : words[2 * i + lowWord]!;
    words[2 * i + highWord] = high;
    words[2 * i + lowWord] = low;
    counters[low & 0x7ff]!++;
    counters[BUCKETS + ((low >>> 11) & 0x7ff)]!++;
    counters[2 * BUCKETS + (low >>> 22)]!++;
    counters[3 * BUCKETS + (high & 0x7ff)]!++;
    counters[4 * BUCKETS + ((high >>> 11) & 0x7ff)]!++;
    counters[5 * BUCKETS + (high >>> 22)]!++;
  }
}

function toStarts(places: Int32Array): void {
  let start = 0;
  for (let i = 0; i < BUCKETS; i++) {
    const count = places[i]!;
    places[i] = start;
    start += count;
  }
}

function scatter(source: Bits, target: Bits, places: Int32Array, word: 0 | 1, shift: number, from: number, to: number): void {
  const { words, slots } = source;
  const { words: outWords, slots: outSlots } = target;
  for (let i = from; i < to; i++) {
    const place = places[(words[2 * i + word]! >>> shift) & 0x7ff]!++;
    outWords[2 * place] = words[2 * i]!;
    outWords[2 * place + 1] = words[2 * i + 1]!;
    outSlots[place] = slots[i]!;
  }
}

function restore(words: Uint32Array, from: number, to: number): void {
  const lowWord = wordOf(false);
  const highWord = wordOf(true);
  for (let i = from; i < to; i++) {
    const high = words[2 * i + highWord]!;
    if (high >>> 31 === 1) words[2 * i + highWord] = high ^ 0x8000_0000;
    else {
      words[2 * i + highWord] = ~high;
      words[2 * i + lowWord] = ~words[2 * i + lowWord]!;
    }
  }
}
