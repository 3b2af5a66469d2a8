/** Entries by slot, changed together with an attribute set, as a record store would. */
import type { AttributeSet, EntryReader, Slices } from '../../lib/indexes/attribute-set.ts';

export class Entries implements EntryReader {
  readonly values: unknown[] = [];
  readonly attributes: AttributeSet;

  constructor(attributes: AttributeSet) {
    this.attributes = attributes;
  }

  get top(): number {
    return this.values.length;
  }

  isLive(slot: number): boolean {
    return this.values[slot] !== undefined;
  }

  keyAt(slot: number): unknown {
    return `key ${slot}`;
  }

  storedAt(slot: number): unknown {
    return this.values[slot];
  }

  put(slot: number, value: object): void {
    while (this.values.length < slot) this.values.push(undefined);
    const before = this.values[slot];
    this.values[slot] = value;
    if (before === undefined) this.attributes.insert(slot, this.keyAt(slot), value);
    else this.attributes.update(slot, this.keyAt(slot), before, value);
  }

  remove(slot: number): void {
    const before = this.values[slot];
    if (before === undefined) return;
    this.attributes.remove(slot, this.keyAt(slot), before);
    this.values[slot] = undefined;
  }

  clear(): void {
    this.values.length = 0;
    this.attributes.clear();
  }
}

/** Pauses as often as it can; what is given to `between` runs in the pauses. */
export function tightSlices(between: () => void = () => undefined): Slices & { readonly pauses: () => number } {
  let time = 0;
  let pauses = 0;
  return {
    now: () => time++,
    sliceMs: 1,
    pause: async () => {
      pauses++;
      await Promise.resolve();
      between();
    },
    pauses: () => pauses,
  };
}
