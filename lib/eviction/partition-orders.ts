/**
 * An eviction order for each partition, for limits that count the entries of each partition by itself: what must go is what comes first in the
 * partition that is too large.
 *
 * An order keeps arrays by slot, and the entries of a partition have slots from all over the member: an order over them would take the memory of
 * all slots for each partition. So entries are numbered anew within their partition, densely, and the partition's order sees those numbers. About
 * 18 bytes per entry more than one order for all.
 */
import type { EvictionOrder } from './eviction-order.ts';
import { PAGE_MASK, PAGE_SHIFT, slotIntegers } from './slot-pages.ts';

/** An order, or one for each partition: then `victim` must be told of which. */
export interface PartitionedOrder extends EvictionOrder {
  victim(isPinned: (slot: number) => boolean, spared: number, partition?: number): number;
}

interface Partition {
  readonly order: EvictionOrder;
  /** Slot of each number. */
  readonly slots: number[];
  /** Numbers that may be given again. */
  readonly free: number[];
}

const NOBODY = -1;

export class PartitionOrders implements PartitionedOrder {
  readonly #newOrder: () => EvictionOrder;
  readonly #partitionAt: (slot: number) => number;
  /** Made with the first entry. */
  readonly #partitions: (Partition | undefined)[] = [];
  /** Number of each slot within its partition. */
  readonly #numbers = slotIntegers();

  constructor(newOrder: () => EvictionOrder, partitionAt: (slot: number) => number) {
    this.#newOrder = newOrder;
    this.#partitionAt = partitionAt;
  }

  get bytes(): number {
    const inPartitions = this.#partitions.reduce((sum, one) => sum + (one === undefined ? 0 : one.order.bytes + 8 * one.slots.length), 0);
    return this.#numbers.bytes + inPartitions;
  }

  added(slot: number, hash: number): void {
    const partition = (this.#partitions[this.#partitionAt(slot)] ??= { order: this.#newOrder(), slots: [], free: [] });
    const number = partition.free.pop() ?? partition.slots.length;
    partition.slots[number] = slot;
    this.#numbers.reserve(slot);
    this.#numbers.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK] = number;
    partition.order.added(number, hash);
  }

  touched(slot: number): void {
    this.#of(slot).order.touched(this.#number(slot));
  }

  removed(slot: number): void {
    const { order, free } = this.#of(slot);
    const number = this.#number(slot);
    order.removed(number);
    free.push(number);
  }

  victim(isPinned: (slot: number) => boolean, spared: number, partition: number = this.#partitionAt(spared)): number {
    const one = this.#partitions[partition];
    if (one === undefined) return NOBODY;
    const isSparedHere = spared >= 0 && this.#partitionAt(spared) === partition;
    const number = one.order.victim((local) => isPinned(one.slots[local]!), isSparedHere ? this.#number(spared) : NOBODY);
    return number < 0 ? NOBODY : one.slots[number]!;
  }

  unpinned(slot: number): void {
    this.#of(slot).order.unpinned(this.#number(slot));
  }

  clear(): void {
    this.#partitions.length = 0;
    this.#numbers.clear();
  }

  #of(slot: number): Partition {
    return this.#partitions[this.#partitionAt(slot)]!;
  }

  #number(slot: number): number {
    return this.#numbers.pages[slot >>> PAGE_SHIFT]![slot & PAGE_MASK]!;
  }
}
