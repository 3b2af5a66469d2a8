/**
 * The operations of a write-behind map that its store does not have yet: a line for each key, first come first sent.
 *
 * Of a key at most one operation is being sent at a time, so none overtakes an earlier one. With coalescing a line has one waiting operation: a
 * newer one takes its place, and its due time, so that an entry that changes all the time is stored as often as the delay says.
 * Synchronous, without clock or store.
 */
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import { DueHeap } from './due-heap.ts';

/** A key and where it lives. */
export interface QueuedKey {
  readonly key: StoredKey;
  readonly hash: number;
  readonly partition: number;
}

/** One change that is to reach the store. */
export interface Operation {
  /** Grows with every operation of the queue. */
  readonly sequence: number;
  readonly kind: 'store' | 'delete';
  readonly at: QueuedKey;
  /** The value as the map keeps it; `undefined` for `delete`. */
  readonly stored: unknown;
  /** When the first of the operations that it stands for was queued, and is due. */
  queuedAt: number;
  dueAt: number;
  /** How often it has failed, standing alone. */
  attempts: number;
  /** It has failed more often than it should, and nobody takes it: it is tried again, but there is little hope. */
  isHopeless: boolean;
  /** The next one of the same key. */
  next: Operation | undefined;
}

/** The operations of one key. */
export interface KeyLine {
  readonly at: QueuedKey;
  /** The one on its way to the store, or to `onDeadLetter`. */
  sending: Operation | undefined;
  /** Those that wait, oldest first. */
  first: Operation | undefined;
  last: Operation | undefined;
  /** Failures in a row. */
  failures: number;
  /** How much the store had accepted of the map when it last refused the first one; `Infinity`: it has not yet. */
  acceptedBefore: number;
  /** When `first` may be sent. */
  dueAt: number;
  order: number;
  /** The line was dropped: whatever becomes of the one on its way is not this queue's affair. */
  isDropped: boolean;
}

export class WriteBehindQueue {
  readonly #coalescing: boolean;
  readonly #lines = new KeyMap<KeyLine>();
  /** Lines whose first operation waits for its time, and those that wait because it has failed. */
  readonly #fresh = new DueHeap<KeyLine>();
  readonly #failed = new DueHeap<KeyLine>();
  #size = 0;

  constructor(coalescing: boolean) {
    this.#coalescing = coalescing;
  }

  /** Operations that are not settled. */
  get size(): number {
    return this.#size;
  }

  /** When the next operation is due that has not failed yet; `Infinity`: none waits. */
  get nextDueAt(): number {
    return this.#fresh.nextAt;
  }

  /** The same for those that have failed. */
  get nextRetryAt(): number {
    return this.#failed.nextAt;
  }

  lineOf(key: StoredKey): KeyLine | undefined {
    return this.#lines.get(key);
  }

  lines(): Iterable<KeyLine> {
    return this.#lines.values();
  }

  /** All operations, those of a key in order. */
  *operations(): Generator<Operation, void, undefined> {
    for (const line of this.#lines.values()) yield* operationsOf(line);
  }

  /** The newest operation of a key. */
  latest(key: StoredKey): Operation | undefined {
    const line = this.#lines.get(key);
    return line?.last ?? line?.sending;
  }

  /** Whether the operation is hopeless, or waits behind one of its key that is. */
  isHopeless({ at }: Operation): boolean {
    const line = this.#lines.get(at.key);
    return (line?.sending ?? line?.first)?.isHopeless === true;
  }

  /** Whether an operation on the key would take the place of one that waits. */
  wouldReplace(key: StoredKey): boolean {
    return this.#coalescing && this.#lines.get(key)?.first !== undefined;
  }

  /** Puts an operation at the end of its key's line. The one whose place it took, if any. */
  add(operation: Operation): Operation | undefined {
    const line = this.#lines.get(operation.at.key);
    if (line === undefined) {
      this.#size++;
      const { at, dueAt, sequence: order } = operation;
      const rest = { failures: 0, acceptedBefore: Infinity, dueAt, order, isDropped: false };
      const fresh: KeyLine = { at, sending: undefined, first: operation, last: operation, ...rest };
      this.#lines.set(operation.at.key, fresh);
      this.#fresh.add(fresh);
      return undefined;
    }
    const before = line.last;
    if (this.#coalescing && before !== undefined) {
      takePlace(operation, before);
      line.first = line.last = operation;
      return before;
    }
    this.#size++;
    line.last = operation;
    if (before === undefined) line.first = operation;
    else before.next = operation;
    return undefined;
  }

  /** Up to `limit` lines whose first operation is due by `now` (`Infinity`: all), the earliest first: it is being sent from now on. */
  takeFresh(now: number, limit: number): KeyLine[] {
    return take(this.#fresh, now, limit);
  }

  /** The same of those that have failed. */
  takeFailed(now: number, limit: number): KeyLine[] {
    return take(this.#failed, now, limit);
  }

  /** The operation being sent has come to its end. Whether it was the last of its key. */
  settle(line: KeyLine): boolean {
    this.#size--;
    line.sending = undefined;
    line.failures = 0;
    if (line.first === undefined) {
      this.#lines.delete(line.at.key);
      return true;
    }
    this.#wait(line);
    return false;
  }

  /** The operation being sent waits again, as if it had never been sent. The one that was given up because a newer one stands for it too, if any. */
  putBack(line: KeyLine): Operation | undefined {
    const superseded = this.#return(line);
    this.#wait(line);
    return superseded;
  }

  /** The same after a failure of its own: not to be sent before `retryAt`. */
  backOff(line: KeyLine, retryAt: number): Operation | undefined {
    const superseded = this.#return(line);
    line.failures++;
    line.dueAt = retryAt;
    this.#failed.add(line);
    return superseded;
  }

  /** Forgets the operations of a partition; gives them. */
  drop(partition: number): Operation[] {
    const dropped: Operation[] = [];
    for (const line of this.#lines.values()) {
      if (line.at.partition !== partition) continue;
      dropped.push(...operationsOf(line));
      line.isDropped = true; // it stays in its heap until it is met there
      this.#lines.delete(line.at.key);
    }
    this.#size -= dropped.length;
    return dropped;
  }

  #wait(line: KeyLine): void {
    line.dueAt = line.first!.dueAt;
    line.order = line.first!.sequence;
    (line.failures === 0 ? this.#fresh : this.#failed).add(line);
  }

  #return(line: KeyLine): Operation | undefined {
    const operation = line.sending!;
    line.sending = undefined;
    if (this.#coalescing && line.first !== undefined) {
      takePlace(line.first, operation);
      this.#size--;
      return operation;
    }
    operation.next = line.first;
    line.first = operation;
    line.last ??= operation;
    return undefined;
  }
}

function* operationsOf(line: KeyLine): Generator<Operation, void, undefined> {
  if (line.sending !== undefined) yield line.sending;
  for (let operation = line.first; operation !== undefined; operation = operation.next) yield operation;
}

function takePlace(newer: Operation, older: Operation): void {
  newer.queuedAt = older.queuedAt;
  newer.dueAt = Math.min(older.dueAt, newer.dueAt);
}

function take(heap: DueHeap<KeyLine>, now: number, limit: number): KeyLine[] {
  const lines: KeyLine[] = [];
  while (lines.length < limit && heap.size > 0 && heap.nextAt <= now) {
    const line = heap.take();
    if (line.isDropped) continue;
    const operation = line.first!;
    line.first = operation.next;
    if (line.first === undefined) line.last = undefined;
    operation.next = undefined;
    line.sending = operation;
    lines.push(line);
  }
  return lines;
}
