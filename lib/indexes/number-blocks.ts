/** Ordered (double, slot) pairs: numbers and dates. No NaN; -0 must have been made 0. */
import type { Separator } from './directory.ts';
import { NumberSection } from './number-section.ts';
import { BEFORE_SLOTS, OrderedBlocks } from './ordered-blocks.ts';

export class NumberBlocks extends OrderedBlocks<number> {
  constructor() {
    super(new NumberSection(0, BEFORE_SLOTS), compareSeparators);
  }
}

function compareSeparators(a: Separator<number>, b: Separator<number>): number {
  if (a.low < b.low) return -1;
  return a.low > b.low ? 1 : a.lowSlot - b.lowSlot;
}
