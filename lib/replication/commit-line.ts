/** How far a partition's batches have come: collected, committed; and who waits for that. */

interface Wait {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class CommitLine {
  #seq: number;
  #committed = -1;
  /** By number: all calls that wait for the same batch share one promise. */
  readonly #waits = new Map<number, Wait>();
  #ended: Error | undefined;

  /** Everything up to `seq` is inherited, and not known to be committed. */
  constructor(seq: number) {
    this.#seq = seq;
  }

  /** Number of the last batch. */
  get seq(): number {
    return this.#seq;
  }

  /** Batches up to this number are committed; -1: not known of any. */
  get committed(): number {
    return this.#committed;
  }

  /** One more batch; its number. */
  next(): number {
    return ++this.#seq;
  }

  /** Resolves when batches up to `seq` are committed; rejects when the line ends before. */
  until(seq: number): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (seq <= this.#committed) return Promise.resolve();
    let wait = this.#waits.get(seq);
    if (wait === undefined) this.#waits.set(seq, (wait = Promise.withResolvers<void>()));
    return wait.promise;
  }

  /** Batches up to `seq` are committed; whether that is news. */
  commit(seq: number): boolean {
    if (seq <= this.#committed) return false;
    this.#committed = seq;
    for (const [number, wait] of this.#waits) {
      if (number > seq) continue;
      this.#waits.delete(number);
      wait.resolve();
    }
    return true;
  }

  /** Nothing is committed here any more. */
  end(error: Error): void {
    this.#ended = error;
    for (const wait of this.#waits.values()) wait.reject(error);
    this.#waits.clear();
  }
}
