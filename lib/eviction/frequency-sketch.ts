/**
 * How often keys were asked for lately, roughly, in four bits a counter.
 *
 * A count-min sketch: a key has four counters, chosen by its hash and shared with other keys; an access increments all four, and the least of them
 * is the estimate, never too low but for what was forgotten. Counters stop at 15, which is enough to tell what is worth keeping. When as many
 * accesses were counted as ten times the entries, all counters are halved: so the sketch follows a changing load, and stays a sketch of the last
 * while. The four counters of a key lie in one block of 64 bytes, a cache line, one in each quarter. There are 16 counters per entry or more:
 * 8 to 16 bytes.
 *
 * This is Caffeine's `FrequencySketch`, made to grow and to age without a pause, however large the map:
 * - The table has pages of 64 kB and doubles a page at a time, by copying: a key's counters are in the old half until the page that they will be
 *   in is there (linear hashing). Copies hold what was counted for keys that are now in the other half; all counters are halved before a doubling, so
 *   that this noise fades. (Caffeine forgets all.)
 * - Halving is put off, page by page, until the page is next asked. No estimate can tell.
 *
 * References: G. Cormode, S. Muthukrishnan, An improved data stream summary: the count-min sketch and its applications (2005). G. Einziger,
 * R. Friedman, B. Manes, TinyLFU: a highly efficient cache admission policy (2017). F. Putze, P. Sanders, J. Singler, Cache-, hash- and
 * space-efficient Bloom filters (2007), for the blocks. W. Litwin, Linear hashing (1980).
 */

/** A word has eight counters. */
const WORD_COUNTERS = 8;
const BLOCK_WORDS = 16;
const BLOCK_ENTRIES = (BLOCK_WORDS * WORD_COUNTERS) / 16;
const PAGE_BLOCKS_SHIFT = 10;
const PAGE_BLOCKS = 1 << PAGE_BLOCKS_SHIFT;
const PAGE_BLOCKS_MASK = PAGE_BLOCKS - 1;
/** 16 million entries; beyond, they share counters. */
const BLOCKS_MAX = 1 << 21;
const COUNTER_MAX = 15;
/** Accesses per entry after which counters are halved. */
const SAMPLE_FACTOR = 10;

const LOW_BITS = 0x1111_1111;
const WITHOUT_HIGH_BITS = 0x7777_7777;

export class FrequencySketch {
  #pages: Uint32Array[] = [new Uint32Array(BLOCK_WORDS)];
  /** How often each page was halved, and how often it should have been. */
  #ages: number[] = [0];
  #age = 0;
  /** Blocks there will be when the table has grown, a power of two, less 1; and blocks there are. */
  #mask = 0;
  #blocks = 1;
  #counted = 0;
  #sampleSize = SAMPLE_FACTOR;

  get bytes(): number {
    return this.#pages.reduce((sum, page) => sum + page.byteLength, 0);
  }

  /** Accesses after which all is halved: ten times the entries. */
  get sampleSize(): number {
    return this.#sampleSize;
  }

  /** Tells how many entries the map has. The table grows with it, a page a call, and never shrinks. */
  fit(entries: number): void {
    this.#sampleSize = SAMPLE_FACTOR * Math.max(1, entries);
    if (this.#blocks <= this.#mask) this.#extend();
    else if (entries > this.#blocks * BLOCK_ENTRIES && this.#blocks < BLOCKS_MAX) this.#double();
  }

  /** An access. */
  increment(hash: number): void {
    const spread = spreadOf(hash);
    const number = this.#block(spread);
    const page = this.#page(number);
    const counters = rehashed(spread);
    let at = (number & PAGE_BLOCKS_MASK) * BLOCK_WORDS;
    let counted = false;
    for (let row = 0; row < 32; row += 8, at += 4) {
      const choice = counters >>> row;
      const word = at + (choice & 3);
      const shift = choice & 28;
      if (((page[word]! >>> shift) & COUNTER_MAX) === COUNTER_MAX) continue;
      page[word]! += 1 << shift;
      counted = true;
    }
    if (counted && ++this.#counted >= this.#sampleSize) this.#halve();
  }

  /** An estimate, 0 to 15. */
  frequency(hash: number): number {
    const spread = spreadOf(hash);
    const number = this.#block(spread);
    const page = this.#page(number);
    const counters = rehashed(spread);
    let at = (number & PAGE_BLOCKS_MASK) * BLOCK_WORDS;
    let least = COUNTER_MAX;
    for (let row = 0; row < 32; row += 8, at += 4) {
      const choice = counters >>> row;
      const count = (page[at + (choice & 3)]! >>> (choice & 28)) & COUNTER_MAX;
      if (count < least) least = count;
    }
    return least;
  }

  clear(): void {
    this.#pages = [new Uint32Array(BLOCK_WORDS)];
    this.#ages = [0];
    this.#age = this.#mask = this.#counted = 0;
    this.#blocks = 1;
    this.#sampleSize = SAMPLE_FACTOR;
  }

  #block(spread: number): number {
    const block = spread & this.#mask;
    return block < this.#blocks ? block : spread & (this.#mask >>> 1);
  }

  /** The page of a block, up to date. */
  #page(block: number): Uint32Array {
    const number = block >>> PAGE_BLOCKS_SHIFT;
    if (this.#ages[number] !== this.#age) this.#catchUp(number);
    return this.#pages[number]!;
  }

  #halve(): void {
    this.#age++;
    this.#counted >>>= 1;
  }

  /** Halves the counters of a page as often as it was put off. */
  #catchUp(number: number): void {
    const page = this.#pages[number]!;
    // Four halvings make every counter 0.
    for (let left = Math.min(4, this.#age - this.#ages[number]!); left > 0; left--) {
      let odd = 0;
      for (let i = 0; i < page.length; i++) {
        const word = page[i]!;
        odd += Math.imul(word & LOW_BITS, LOW_BITS) >>> 28;
        page[i] = (word >>> 1) & WITHOUT_HIGH_BITS;
      }
      // An access counted in four counters, and half of it was halved away already.
      this.#counted = Math.max(0, this.#counted - (odd >>> 3));
    }
    this.#ages[number] = this.#age;
  }

  #double(): void {
    this.#halve();
    this.#mask = 2 * this.#mask + 1;
    if (this.#blocks >= PAGE_BLOCKS) return this.#extend();
    const before = this.#page(0);
    const page = new Uint32Array(2 * before.length);
    page.set(before);
    page.set(before, before.length);
    this.#pages[0] = page;
    this.#blocks *= 2;
  }

  /** Adds a page, with the counters of the one that it was part of until now. */
  #extend(): void {
    const half = (this.#mask + 1) >>> 1;
    this.#pages.push(this.#page(this.#blocks - half).slice());
    this.#ages.push(this.#age);
    this.#blocks += PAGE_BLOCKS;
  }
}

/** The sketch needs other bits than the key table and the partitions, and hashes may be poor. */
function spreadOf(hash: number): number {
  let x = hash ^ (hash >>> 17);
  x = Math.imul(x, 0xed5a_d4bb);
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c_1b51);
  return x ^ (x >>> 15);
}

/** Four bytes that choose a counter each. */
function rehashed(spread: number): number {
  const x = Math.imul(spread, 0x3184_8bab);
  return x ^ (x >>> 14);
}
