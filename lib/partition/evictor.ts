/** Keeps the entries of a member within their limit: counts what the limit counts, and gives up entries in the order of the policy (M65-M68). */
import type { PartitionedOrder } from '../eviction/partition-orders.ts';
import type { SizeLimit } from './size-limit.ts';

export interface EvictionOptions {
  /** Makes the order in which entries go; told where an entry is, for an order for each partition. */
  readonly order: (partitionAt: (slot: number) => number) => PartitionedOrder;
  readonly limit: SizeLimit;
  /** Whether the limit is kept at each write; if not, who is told by `onFull` must see to it. */
  readonly isExact: boolean;
  /** Whether the entry must stay. Asked only when it is about to go. */
  readonly isPinned: (slot: number) => boolean;
  /** Called just before an entry is given up. Must not change anything. */
  readonly onEvict: (slot: number) => void;
  /** Called at each write above the limit, unless that is kept exactly. Must not change anything. */
  readonly onFull: () => void;
}

/** The entries there are. */
export interface EvictableEntries {
  count(): number;
  countOf(partition: number): number;
  partitionAt(slot: number): number;
  /** Bytes of the entry, as they are now. */
  measure(slot: number): number;
  /** The same, as they were when last noted; `note` notes them. */
  noted(slot: number): number;
  note(slot: number, bytes: number): void;
  drop(slot: number): void;
}

/** Entries that are to go: as many, or as many bytes, as `left` says, from one partition or (-1) from all. */
export interface Surplus {
  readonly partition: number;
  left: number;
}

const ALL = -1;
const NONE = -1;

export class Evictor {
  readonly order: PartitionedOrder;
  readonly #entries: EvictableEntries;
  readonly #options: EvictionOptions;
  readonly #partitionCount: number;
  readonly #countsBytes: boolean;
  #bytes = 0;

  constructor(options: EvictionOptions, entries: EvictableEntries, partitionCount: number) {
    this.order = options.order((slot) => entries.partitionAt(slot));
    this.#entries = entries;
    this.#options = options;
    this.#partitionCount = partitionCount;
    this.#countsBytes = options.limit.counts === 'bytes';
  }

  added(slot: number, hash: number): void {
    this.order.added(slot, hash);
    if (this.#countsBytes) this.#count(slot);
  }

  updated(slot: number): void {
    this.order.touched(slot);
    if (this.#countsBytes) this.#count(slot);
  }

  removed(slot: number): void {
    this.order.removed(slot);
    if (this.#countsBytes) this.#bytes -= this.#entries.noted(slot);
  }

  cleared(): void {
    this.order.clear();
    this.#bytes = 0;
  }

  /** How many entries may come, into one partition or (left out) into all together, without others going. Of bytes: if they are like those there are. */
  room(partition: number = ALL): number {
    const { counts, max } = this.#options.limit;
    if (partition === ALL ? counts === 'partitionEntries' : counts !== 'partitionEntries') return Infinity;
    const left = max - this.#size(partition);
    const count = this.#entries.count();
    return this.#countsBytes && count > 0 ? Math.ceil((left * count) / this.#bytes) : left;
  }

  /** Whether there is more than there may be, where the slot is. */
  isOver(slot: number): boolean {
    return this.#size(this.#entries.partitionAt(slot)) > this.#options.limit.max;
  }

  /** There is more than there may be, where the slot is: gives up others than `spared`, or tells that it must be done. */
  keepLimit(slot: number, spared: number): void {
    const { isExact, onFull, limit } = this.#options;
    if (!isExact) return onFull();
    const partition = this.#partitionAt(slot);
    while (this.#size(partition) > limit.max && this.#evictOne(partition, spared));
  }

  /** What must go where there is more than there may be: the share of what is there, and at least what is too much. */
  surplus(percentage: number): Surplus[] {
    const { counts, max } = this.#options.limit;
    const partitions = counts === 'partitionEntries' ? [...Array(this.#partitionCount).keys()] : [ALL];
    return partitions
      .map((partition) => ({ partition, size: this.#size(partition) }))
      .filter(({ size }) => size > max)
      .map(({ partition, size }) => ({ partition, left: Math.max(Math.ceil((size * percentage) / 100), size - max) }));
  }

  /** Gives up at most `steps` entries of the surplus; whether nothing is left that could go. */
  evict(surplus: Surplus, steps: number): boolean {
    for (let step = 0; surplus.left > 0; step++) {
      if (step === steps) return false;
      const before = this.#size(surplus.partition);
      if (!this.#evictOne(surplus.partition, NONE)) return true;
      surplus.left -= before - this.#size(surplus.partition);
    }
    return true;
  }

  #evictOne(partition: number, spared: number): boolean {
    const { isPinned, onEvict } = this.#options;
    const slot = this.order.victim(isPinned, spared, partition);
    if (slot < 0) return false;
    onEvict(slot);
    this.#entries.drop(slot);
    return true;
  }

  #partitionAt(slot: number): number {
    return this.#options.limit.counts === 'partitionEntries' ? this.#entries.partitionAt(slot) : ALL;
  }

  #size(partition: number): number {
    if (this.#countsBytes) return this.#bytes;
    return this.#options.limit.counts === 'entries' ? this.#entries.count() : this.#entries.countOf(partition);
  }

  #count(slot: number): void {
    const bytes = this.#entries.measure(slot);
    this.#bytes += bytes - this.#entries.noted(slot);
    this.#entries.note(slot, bytes);
  }
}
