/** A growable list of slots. */
import type { SlotList } from './index-contract.ts';

const FIRST_CAPACITY = 256;

export function createSlotList(capacity: number = FIRST_CAPACITY): SlotList {
  return new GrowingSlotList(capacity);
}

class GrowingSlotList implements SlotList {
  data: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.data = new Int32Array(capacity);
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.data.length) return;
    const grown = new Int32Array(Math.max(needed, this.data.length * 2));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }
}
