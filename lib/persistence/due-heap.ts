/** A priority queue by due time: the earliest first. Adding what is due later than all others, the usual case, costs one comparison. */

/** Neither may change while it is in a heap. */
export interface Due {
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Who comes first of those that are due at the same time. */
  readonly order: number;
}

/** A binary heap. */
export class DueHeap<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; `Infinity` when there is none. */
  get nextAt(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.dueAt;
  }

  add(item: T): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = item;
  }

  /** Takes the first. There must be one. */
  take(): T {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
