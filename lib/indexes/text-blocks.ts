/** Ordered (text, slot) pairs, by UTF-16 code unit: texts and tuples in the form of `key-encoding`, in which that is the right order. */
import type { Separator } from './directory.ts';
import { BEFORE_SLOTS, OrderedBlocks } from './ordered-blocks.ts';
import { TextSection } from './text-section.ts';

export class TextBlocks extends OrderedBlocks<string> {
  constructor() {
    super(new TextSection('', BEFORE_SLOTS), compareSeparators);
  }
}

function compareSeparators(a: Separator<string>, b: Separator<string>): number {
  if (a.low < b.low) return -1;
  return a.low === b.low ? a.lowSlot - b.lowSlot : 1;
}
