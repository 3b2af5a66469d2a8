/** What all queries of one member share: the entries, what is known of them, reusable memory, prepared conditions. */
import type { Attribute } from '../../../grammar/ast.ts';
import type { EntryReader, Slices } from '../../indexes/attribute-set.ts';
import type { Condition } from '../conditions/condition.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { PreparedQuery } from '../plan/prepared-query.ts';
import { BlockScratch } from '../plan/selection.ts';
import { SlotStock } from './slot-stock.ts';
import { Statistics } from '../plan/statistics.ts';

export class QueryContext {
  readonly source: EntrySource;
  readonly statistics: Statistics;
  readonly scratch: BlockScratch;
  readonly stock: SlotStock = new SlotStock();
  readonly #slices: Slices;
  readonly #reader: EntryReader;
  readonly #prepared = new WeakMap<Condition, PreparedQuery>();

  constructor(source: EntrySource, slices: Slices) {
    this.source = source;
    this.statistics = new Statistics(source);
    this.scratch = new BlockScratch(source.memory);
    this.#slices = slices;
    this.#reader = {
      get top() {
        return source.top;
      },
      isLive: (slot) => source.live.has(slot),
      keyAt: (slot) => source.keyAt(slot),
      storedAt: (slot) => source.storedAt(slot),
    };
  }

  /** The condition made ready for the columns and indexes of now. The same object each time, as long as they stay: keep the condition to profit. */
  prepare(condition: Condition): PreparedQuery {
    const known = this.#prepared.get(condition);
    if (known?.isCurrent === true) return known;
    const prepared = new PreparedQuery(condition, this.source, this.statistics);
    this.#prepared.set(condition, prepared);
    return prepared;
  }

  /** Tells that many entries had to be looked at for an attribute: a column may be worth its memory. */
  wanted(attribute: Attribute): void {
    this.source.attributes.wanted(attribute, this.#reader, this.#slices);
  }
}
