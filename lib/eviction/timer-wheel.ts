/**
 * When which slot is due: a hierarchical timer wheel.
 *
 * Eight wheels of 64 buckets, a bucket of the first being a millisecond long and a bucket of each further one as long as the whole wheel before it. A
 * slot is put into the wheel of the highest digit (to the base 64) in which its time differs from the present: so there is no wrapping around, and
 * the first bucket in use of the lowest wheel in use comes first. When the time of a bucket has come its slots fall into lower wheels, or are due. A
 * slot falls seven times at most, so that putting in, taking out and coming due are O(1) amortised, and nothing is ever sorted. The
 * empty time between is jumped over: each wheel has its buckets in use as bits of a word.
 *
 * Time is kept to the millisecond by the buckets and exactly by whoever knows it: `timeOf` is asked when a slot's bucket has come. A time that has
 * become later meanwhile (the entry was used) needs no call before; the slot goes on to its new bucket then. Only a time that has become sooner must
 * be told. A bucket is a doubly linked list through two integers per slot, 8 bytes, which only slots that were ever put in have; any
 * amount of it can be worked off in steps.
 *
 * References: G. Varghese, A. Lauck, Hashed and hierarchical timing wheels (SOSP 1987), scheme 7. The digit that differs, and the words of bits, as
 * in Tokio's timer; expiry of a cache by it as in Caffeine.
 */
import { PAGE_MASK, PAGE_SHIFT, slotIntegers } from './slot-pages.ts';

const DIGIT_BITS = 6;
const BUCKETS: number = 1 << DIGIT_BITS;
const DIGIT_MASK: number = BUCKETS - 1;
/** A tick is 48 bits, more than bit operations take: two halves of four digits each. */
const HALF_DIGITS = 4;
const HALF: number = 2 ** (HALF_DIGITS * DIGIT_BITS);
const LEVELS: number = 2 * HALF_DIGITS;
const TICK_MAX: number = HALF * HALF - 1;

/** Lists behind those of the buckets: slots that are looked at now, and slots that are due within this millisecond. */
const PENDING: number = LEVELS * BUCKETS;
const LATER: number = PENDING + 1;
const LISTS: number = LATER + 1;

/** Of a slot: where it comes from (0: it is in no list, n + 1: slot n, -n - 1: it is the first of list n), and where it goes on (0: nowhere). */
const PREVIOUS = 0;
const NEXT = 1;

export class TimerWheel {
  readonly #timeOf: (slot: number) => number;
  readonly #links = slotIntegers(2);
  readonly #pages: readonly Int32Array[] = this.#links.pages;
  /** First slot of each list, + 1. */
  readonly #firsts = new Int32Array(LISTS);
  /** Which buckets are in use, two words a wheel. */
  readonly #used = new Int32Array(2 * LEVELS);
  /** The present millisecond, its halves. What is not after it is in LATER. */
  #high = 0;
  #low = 0;
  #laterDue = Infinity;
  #nextDue = Infinity;
  #size = 0;

  /** `timeOf` gives the exact time of a slot that is in the wheel, epoch milliseconds; `Infinity`: never. */
  constructor(timeOf: (slot: number) => number) {
    this.#timeOf = timeOf;
  }

  /** Slots in the wheel. */
  get size(): number {
    return this.#size;
  }

  /** No slot is due before this time; Infinity when the wheel is empty. */
  get nextDue(): number {
    return this.#nextDue;
  }

  get bytes(): number {
    return this.#links.bytes + this.#firsts.byteLength + this.#used.byteLength;
  }

  has(slot: number): boolean {
    return this.#links.has(slot) && this.#pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + PREVIOUS] !== 0;
  }

  /** Puts the slot in, due at `time`, which may be over; a slot that is in moves. `now` never goes back. */
  schedule(slot: number, time: number, now: number): void {
    this.#links.reserve(slot);
    if (this.has(slot)) this.#unlink(slot);
    else if (this.#size++ === 0) this.#goTo(now);
    this.#place(slot, time);
  }

  /** Takes the slot out, if it is in. */
  deschedule(slot: number): void {
    if (!this.has(slot)) return;
    this.#unlink(slot);
    if (--this.#size === 0) this.#laterDue = this.#nextDue = Infinity;
  }

  /**
   * Calls `due` for slots that are due by `now`, which must take them out; looks at `steps` slots at most. Whether that was all; if not, `nextDue` is
   * in the past until another call has come to the end.
   */
  advance(now: number, steps: number, due: (slot: number) => void): boolean {
    if (now < this.#nextDue) return true;
    let left = steps;
    do {
      for (let slot = this.#firsts[PENDING]! - 1; slot >= 0; slot = this.#firsts[PENDING]! - 1) {
        if (left-- <= 0) return false;
        const time = this.#timeOf(slot);
        if (time <= now) due(slot);
        else if (time === Infinity) this.deschedule(slot);
        else {
          this.#unlink(slot);
          this.#place(slot, time);
        }
      }
    } while (this.#fetch(now));
    return true;
  }

  /** Takes all slots out. */
  clear(): void {
    this.#links.clear();
    this.#firsts.fill(0);
    this.#used.fill(0);
    this.#laterDue = this.#nextDue = Infinity;
    this.#size = 0;
  }

  /** Makes the next list whose time has come the one that is looked at; false when there is none. */
  #fetch(now: number): boolean {
    if (this.#laterDue <= now) {
      this.#laterDue = Infinity;
      this.#take(LATER);
      return true;
    }
    const bucket = this.#firstBucket();
    const start = bucket < 0 ? Infinity : this.#startOf(bucket);
    if (start > now) {
      this.#goTo(now);
      this.#nextDue = Math.min(this.#laterDue, start);
      return false;
    }
    this.#goTo(start);
    this.#used[bucket >>> 5]! &= ~(1 << (bucket & 31));
    this.#take(bucket);
    return true;
  }

  #take(list: number): void {
    this.#nextDue = -Infinity; // until all of it has been looked at
    const first = this.#firsts[list]!;
    this.#firsts[list] = 0;
    this.#firsts[PENDING] = first;
    if (first !== 0) this.#pages[(first - 1) >>> PAGE_SHIFT]![2 * ((first - 1) & PAGE_MASK) + PREVIOUS] = -PENDING - 1;
  }

  /** Puts a slot that is in no list into the one of its time. */
  #place(slot: number, time: number): void {
    const tick = Math.min(TICK_MAX, Math.floor(time));
    const high = Math.floor(tick / HALF);
    const low = tick - high * HALF;
    if (high < this.#high || (high === this.#high && low <= this.#low)) {
      this.#laterDue = Math.min(this.#laterDue, time);
      this.#nextDue = Math.min(this.#nextDue, time);
      this.#link(slot, LATER);
      return;
    }
    const isFar = high !== this.#high;
    const half = isFar ? high : low;
    const differing = 31 - Math.clz32(half ^ (isFar ? this.#high : this.#low));
    const digit = (differing / DIGIT_BITS) | 0;
    const shift = digit * DIGIT_BITS;
    const bucket = ((isFar ? digit + HALF_DIGITS : digit) << DIGIT_BITS) + ((half >>> shift) & DIGIT_MASK);
    const start = (half >>> shift) << shift;
    this.#nextDue = Math.min(this.#nextDue, isFar ? start * HALF : high * HALF + start);
    this.#used[bucket >>> 5]! |= 1 << (bucket & 31);
    this.#link(slot, bucket);
  }

  /** The bucket in use whose time comes first, or -1. */
  #firstBucket(): number {
    for (let word = 0; word < this.#used.length; word++) {
      const bits = this.#used[word]!;
      if (bits !== 0) return 32 * word + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  /** When the bucket begins: later digits are as those of now. */
  #startOf(bucket: number): number {
    const level = bucket >>> DIGIT_BITS;
    const isFar = level >= HALF_DIGITS;
    const shift = (isFar ? level - HALF_DIGITS : level) * DIGIT_BITS;
    const now = isFar ? this.#high : this.#low;
    const half = ((now >>> (shift + DIGIT_BITS)) << (shift + DIGIT_BITS)) + ((bucket & DIGIT_MASK) << shift);
    return isFar ? half * HALF : this.#high * HALF + half;
  }

  /** Makes this the present, unless that is later. No bucket in use may begin before it. */
  #goTo(time: number): void {
    const tick = Math.min(TICK_MAX, Math.floor(time));
    if (tick <= this.#high * HALF + this.#low) return;
    this.#high = Math.floor(tick / HALF);
    this.#low = tick - this.#high * HALF;
  }

  #link(slot: number, list: number): void {
    const pages = this.#pages;
    const page = pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    const first = this.#firsts[list]!;
    page[at + PREVIOUS] = -list - 1;
    page[at + NEXT] = first;
    if (first !== 0) pages[(first - 1) >>> PAGE_SHIFT]![2 * ((first - 1) & PAGE_MASK) + PREVIOUS] = slot + 1;
    this.#firsts[list] = slot + 1;
  }

  #unlink(slot: number): void {
    const pages = this.#pages;
    const page = pages[slot >>> PAGE_SHIFT]!;
    const at = 2 * (slot & PAGE_MASK);
    const previous = page[at + PREVIOUS]!;
    const next = page[at + NEXT]!;
    page[at + PREVIOUS] = 0;
    if (next !== 0) pages[(next - 1) >>> PAGE_SHIFT]![2 * ((next - 1) & PAGE_MASK) + PREVIOUS] = previous;
    if (previous > 0) {
      pages[(previous - 1) >>> PAGE_SHIFT]![2 * ((previous - 1) & PAGE_MASK) + NEXT] = next;
      return;
    }
    const list = -previous - 1;
    this.#firsts[list] = next;
    if (next === 0 && list < PENDING) this.#used[list >>> 5]! &= ~(1 << (list & 31));
  }
}
