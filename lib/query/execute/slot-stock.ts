/** Lists of slots for queries: a small stock, so that megabytes are not allocated again and again, and what is done with them. */
import type { SlotList } from '../../indexes/index-contract.ts';
import { createSlotList } from '../../indexes/slot-list.ts';

/** Lists that grew longer than this are not kept. */
const KEPT_LENGTH_MAX = 1 << 22;
const KEPT_LISTS_MAX = 8;

/** Hands out empty lists and takes them back; and removes duplicates. */
export class SlotStock {
  readonly #lists: SlotList[] = [];
  /** One bit per slot, all 0 between two calls. */
  #marks: Uint32Array = new Uint32Array(0);

  take(): SlotList {
    return this.#lists.pop() ?? createSlotList();
  }

  giveBack(list: SlotList): void {
    if (this.#lists.length === KEPT_LISTS_MAX || list.data.length > KEPT_LENGTH_MAX) return;
    list.length = 0;
    this.#lists.push(list);
  }

  /** Keeps each of the slots `data[from..to)`, all below `top`, once, in their order and in place; returns the new end. */
  distinct(data: Int32Array, from: number, to: number, top: number): number {
    if (this.#marks.length << 5 < top) this.#marks = new Uint32Array((top >>> 5) + 1024);
    const marks = this.#marks;
    let end = from;
    for (let i = from; i < to; i++) {
      const slot = data[i]!;
      const bit = 1 << (slot & 31);
      if ((marks[slot >>> 5]! & bit) !== 0) continue;
      marks[slot >>> 5]! |= bit;
      data[end++] = slot;
    }
    for (let i = from; i < end; i++) marks[data[i]! >>> 5] = 0;
    return end;
  }
}

/** Appends `slots[from..to)`. */
export function append(list: SlotList, slots: Int32Array, from: number, to: number): void {
  list.reserve(to - from);
  list.data.set(slots.subarray(from, to), list.length);
  list.length += to - from;
}
