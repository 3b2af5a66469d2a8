/**
 * A hash of any value, four bytes per row: for attributes of very many distinct values that are not numbers. Finds candidates for equality and
 * keeps the families apart; says nothing of order.
 */
import type { ValueSet } from '../data/value-set.ts';
import { BLOCK_MASK, BLOCK_SHIFT, type ColumnTest } from './column.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnValue } from './column-value.ts';
import { HashTest, type HashedRows } from './hash-test.ts';
import { RowBlocks, U32 } from './row-blocks.ts';
import type { Rows } from './rows.ts';
import { ABSENT_HASH, FAMILIES, familyOf, hashValue } from './value-hash.ts';

export class HashRows implements Rows, HashedRows {
  readonly kind = 'hashes';
  readonly distinct = undefined;
  readonly memory: ColumnMemory;
  readonly generation: number;
  readonly blocks: RowBlocks<Uint32Array>;
  readonly counts: number[] = Array.from({ length: FAMILIES }, () => 0);

  /** `since`: the generation to go on from. */
  constructor(memory: ColumnMemory, since: number) {
    this.memory = memory;
    this.generation = since;
    this.blocks = new RowBlocks(memory, U32);
  }

  get bytes(): number {
    return this.blocks.bytes;
  }

  set(slot: number, value: ColumnValue): true {
    const hash = hashValue(value);
    let view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) view = this.blocks.grow(slot);
    const before = view[row]!;
    view[row] = hash;
    if (before !== ABSENT_HASH) this.counts[familyOf(before)]!--;
    this.counts[familyOf(hash)]!++;
    return true;
  }

  clear(slot: number): void {
    const view = this.blocks.views[slot >>> BLOCK_SHIFT];
    const row = slot & BLOCK_MASK;
    if (view === undefined || row >= view.length) return;
    const before = view[row]!;
    if (before === ABSENT_HASH) return;
    view[row] = ABSENT_HASH;
    this.counts[familyOf(before)]!--;
  }

  compile(set: ValueSet): ColumnTest {
    return new HashTest(this, set);
  }

  ranks(): undefined {
    return undefined;
  }

  free(): void {
    this.blocks.free();
  }
}
