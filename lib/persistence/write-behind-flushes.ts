/** Those who wait until what is queued now has reached the store. */
import type { Operation } from './write-behind-queue.ts';

interface Flush {
  readonly awaited: Set<Operation>;
  /** One of them with hope, as far as is known: while it has some nobody looks at the others. */
  witness: Operation | undefined;
  /** Where to look for the next one. */
  rest: Iterator<Operation>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Flushes {
  readonly #flushes = new Set<Flush>();
  readonly #isHopeless: (operation: Operation) => boolean;
  readonly #refusal: (unsaved: number) => Error;
  /** Whether an operation has become hopeless since somebody began to wait. */
  #hopeIsLost = false;

  /** `refusal`: the error of a flush of which only operations are left that are hopeless. */
  constructor(isHopeless: (operation: Operation) => boolean, refusal: (unsaved: number) => Error) {
    this.#isHopeless = isHopeless;
    this.#refusal = refusal;
  }

  /** Whether somebody waits. */
  get areWaiting(): boolean {
    return this.#flushes.size > 0;
  }

  /**
   * Resolves when all of these operations are settled. Rejects when those that are left have turned out hopeless since, and with what `aborted`
   * makes when the signal is aborted.
   */
  async wait(operations: Iterable<Operation>, signal: AbortSignal | undefined, aborted: (unsaved: number) => Error): Promise<void> {
    const awaited = new Set(operations);
    if (awaited.size === 0) return;
    if (signal?.aborted === true) throw aborted(awaited.size);
    for (const operation of awaited) operation.isHopeless = false; // who asks may have repaired something: once more
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const flush: Flush = { awaited, witness: undefined, rest: awaited.values(), resolve, reject };
    const abort = (): void => reject(aborted(awaited.size));
    if (!this.areWaiting) this.#hopeIsLost = false;
    this.#flushes.add(flush);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      this.#flushes.delete(flush);
      signal?.removeEventListener('abort', abort);
    }
  }

  settled(operation: Operation): void {
    for (const flush of this.#flushes) if (flush.awaited.delete(operation)) this.#check(flush);
  }

  /** A newer operation of the same key stands for an older one: who waits for that waits for it. */
  superseded(older: Operation, newer: Operation): void {
    for (const { awaited } of this.#flushes) if (awaited.delete(older)) awaited.add(newer);
  }

  /** An operation has become hopeless. */
  lostHope(): void {
    this.#hopeIsLost = true;
    for (const flush of this.#flushes) this.#check(flush);
  }

  #check(flush: Flush): void {
    const { awaited, resolve, reject } = flush;
    if (awaited.size === 0) resolve();
    else if (this.#hopeIsLost && !this.#hasHope(flush)) reject(this.#refusal(awaited.size));
  }

  /** One after the other loses hope, and none is looked at twice, unless those behind it have lost it too: it may have found new hope since. */
  #hasHope(flush: Flush): boolean {
    const { awaited, witness } = flush;
    if (witness !== undefined && awaited.has(witness) && !this.#isHopeless(witness)) return true;
    for (let round = 0; round < 2; round++) {
      for (let next = flush.rest.next(); next.done !== true; next = flush.rest.next()) {
        if (this.#isHopeless(next.value)) continue;
        flush.witness = next.value;
        return true;
      }
      flush.rest = awaited.values();
    }
    return false;
  }
}
