/**
 * A set of slots, ascending: a bitmap where slots are dense, short sorted arrays where they are sparse.
 *
 * Slots are split into blocks of 65,536; a block with few slots is a sorted array of 16-bit offsets, one with many a bitmap of 8 KB. So a value
 * that every second entry has costs one bit per slot, and one that three entries have costs a few bytes. Adding and removing are near O(1)
 * (a search and a short move in sparse blocks), and the size is always known.
 *
 * Reference: S. Chambi, D. Lemire, O. Kaser, R. Godin, "Better bitmap performance with Roaring bitmaps" (2016).
 */
import type { SlotList } from './index-contract.ts';

const BLOCK_SHIFT = 16;
const OFFSET_MASK = 0xffff;
const BITMAP_WORDS = 2048;
/**
 * More slots would still be smaller as an array (up to 4,096), but changing a long array costs more than changing a bitmap: at 1,250 slots a slot
 * less here and one more there took 0.5 against 0.34 us. Collecting is the other way round: 1 ns a slot of an array, 5 ns a word of a bitmap.
 */
const SPARSE_MAX = 2048;
/** A bitmap goes back to an array well below that, so that a block at the border does not change its form all the time. */
const DENSE_MIN = 1024;
const FIRST_OFFSETS = 4;
/** Room that `collectBits` needs behind what it finds. */
const SPARE = 3;
/** Words of a bitmap that a walk reads at once. */
const WALKED_WORDS = 16;
const BLOCK_OVERHEAD_BYTES = 250;

class Block {
  count = 0;
  /** Sorted; only the first `count` are valid. Undefined in a dense block. */
  offsets: Uint16Array | undefined = new Uint16Array(FIRST_OFFSETS);
  words: Uint32Array | undefined = undefined;
}

export class SlotSet {
  #blocks: (Block | undefined)[] = [];
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Estimated. */
  get bytes(): number {
    return this.#bytes + this.#blocks.length * 8;
  }

  /** Without effect if the slot is in the set. */
  add(slot: number): void {
    const block = (this.#blocks[slot >>> BLOCK_SHIFT] ??= this.#newBlock(slot >>> BLOCK_SHIFT));
    const offset = slot & OFFSET_MASK;
    const { words } = block;
    if (words === undefined) this.#addOffset(block, offset);
    else {
      const bit = 1 << (offset & 31);
      if ((words[offset >>> 5]! & bit) !== 0) return;
      words[offset >>> 5]! |= bit;
      block.count++;
      this.#size++;
    }
  }

  /** Whether the slot was in the set. */
  delete(slot: number): boolean {
    const number = slot >>> BLOCK_SHIFT;
    const block = this.#blocks[number];
    if (block === undefined || !removeOffset(block, slot & OFFSET_MASK)) return false;
    this.#size--;
    if (block.count === 0) {
      this.#bytes -= blockBytes(block);
      this.#blocks[number] = undefined;
    } else if (block.words !== undefined && block.count < DENSE_MIN) this.#reshape(block, toSparse);
    return true;
  }

  clear(): void {
    this.#blocks = [];
    this.#size = 0;
    this.#bytes = 0;
  }

  /** Appends the slots, ascending. */
  collect(out: SlotList): void {
    out.reserve(this.#size + SPARE);
    const { data } = out;
    let { length } = out;
    for (const [number, block] of this.#blocks.entries()) {
      if (block === undefined) continue;
      const base = number << BLOCK_SHIFT;
      const { offsets, words, count } = block;
      if (words === undefined) for (let i = 0; i < count; i++) data[length++] = base + offsets![i]!;
      else length = collectBits(words, 0, BITMAP_WORDS, base, data, length);
    }
    out.length = length;
  }

  /** Ascending, until `visit` returns true. Whether it came to the end. */
  walk(visit: (slot: number) => boolean): boolean {
    for (const [number, block] of this.#blocks.entries()) {
      if (block === undefined) continue;
      const base = number << BLOCK_SHIFT;
      if (!(block.words === undefined ? walkOffsets(block, base, visit) : walkBits(block.words, base, visit))) return false;
    }
    return true;
  }

  #newBlock(number: number): Block {
    // Without holes: an array with holes is looked up like a dictionary.
    while (this.#blocks.length < number) this.#blocks.push(undefined);
    const block = new Block();
    this.#bytes += blockBytes(block);
    return block;
  }

  #addOffset(block: Block, offset: number): void {
    const offsets = block.offsets!;
    const { count } = block;
    const index = lowerBound(offsets, count, offset);
    if (index < count && offsets[index] === offset) return;
    if (count === SPARSE_MAX) {
      this.#reshape(block, toDense);
      block.words![offset >>> 5]! |= 1 << (offset & 31);
    } else {
      if (count === offsets.length) this.#reshape(block, grow);
      const room = block.offsets!;
      if (index < count) room.copyWithin(index + 1, index, count);
      room[index] = offset;
    }
    block.count++;
    this.#size++;
  }

  #reshape(block: Block, change: (block: Block) => void): void {
    this.#bytes -= blockBytes(block);
    change(block);
    this.#bytes += blockBytes(block);
  }
}

function blockBytes({ offsets, words }: Block): number {
  return BLOCK_OVERHEAD_BYTES + (offsets?.byteLength ?? 0) + (words?.byteLength ?? 0);
}

function lowerBound(offsets: Uint16Array, count: number, offset: number): number {
  let low = 0;
  let high = count;
  // Slots mostly come in ascending order.
  if (count > 0 && offsets[count - 1]! < offset) return count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function removeOffset(block: Block, offset: number): boolean {
  const { offsets, words, count } = block;
  if (words !== undefined) {
    const bit = 1 << (offset & 31);
    if ((words[offset >>> 5]! & bit) === 0) return false;
    words[offset >>> 5]! &= ~bit;
  } else {
    const index = lowerBound(offsets!, count, offset);
    if (index === count || offsets![index] !== offset) return false;
    offsets!.copyWithin(index, index + 1, count);
  }
  block.count--;
  return true;
}

function grow(block: Block): void {
  const grown = new Uint16Array(block.offsets!.length * 2);
  grown.set(block.offsets!);
  block.offsets = grown;
}

function toDense(block: Block): void {
  const words = new Uint32Array(BITMAP_WORDS);
  for (const offset of block.offsets!) words[offset >>> 5]! |= 1 << (offset & 31);
  block.words = words;
  block.offsets = undefined;
}

function toSparse(block: Block): void {
  const offsets = new Uint16Array(DENSE_MIN);
  let count = 0;
  walkBits(block.words!, 0, (offset) => {
    offsets[count++] = offset;
    return false;
  });
  block.offsets = offsets;
  block.words = undefined;
}

function walkOffsets({ offsets, count }: Block, base: number, visit: (slot: number) => boolean): boolean {
  for (let i = 0; i < count; i++) if (visit(base + offsets![i]!)) return false;
  return true;
}

function walkBits(words: Uint32Array, base: number, visit: (slot: number) => boolean): boolean {
  // Not shared between walks: one may go on within another.
  const found = new Int32Array(WALKED_WORDS * 32 + SPARE);
  for (let from = 0; from < BITMAP_WORDS; from += WALKED_WORDS) {
    const length = collectBits(words, from, from + WALKED_WORDS, base, found, 0);
    for (let i = 0; i < length; i++) if (visit(found[i]!)) return false;
  }
  return true;
}

/**
 * Writes the slots of some words of a bitmap to `data` from `start` on. Returns where they end.
 *
 * How many bits a word has, no processor can guess. So places for three are always written, without a branch, and counted only if they are bits; what was
 * written too much is overwritten by the next word, or lies in the spare room.
 */
function collectBits(words: Uint32Array, from: number, to: number, base: number, data: Int32Array, start: number): number {
  let length = start;
  for (let i = from; i < to; i++) {
    const first = base + (i << 5) + 31;
    let word = words[i]! | 0;
    data[length] = first - Math.clz32(word & -word);
    length += (word | -word) >>> 31;
    word &= word - 1;
    data[length] = first - Math.clz32(word & -word);
    length += (word | -word) >>> 31;
    word &= word - 1;
    data[length] = first - Math.clz32(word & -word);
    length += (word | -word) >>> 31;
    for (word &= word - 1; word !== 0; word &= word - 1) data[length++] = first - Math.clz32(word & -word);
  }
  return length;
}
