/** Rows that were found on a member and wait to be taken, partition by partition, for as long as the partition is served here. */
import type { Membership } from '../../cluster/membership.ts';
import type { PartitionRows } from '../../operations/home.ts';
import type { Replication } from '../../replication/replication.ts';

/** Rows taken at a time, about: whole partitions. */
const ROWS_AT_ONCE = 2048;

export interface TakenRows {
  /** `undefined`: none. */
  readonly part: unknown;
  /** Partitions whose rows are all in the part. */
  readonly given: readonly number[];
  /** Partitions that are not served here any more; none of their rows were given. */
  readonly lost: readonly number[];
  /** Nothing is left. */
  readonly done: boolean;
}

interface Parts {
  readonly replication: Pick<Replication, 'serves' | 'settled'>;
  readonly membership: Pick<Membership, 'view'>;
}

export class KeptRows {
  /** The partitions the rows are of; all others must be asked elsewhere. */
  readonly covered: readonly number[];
  readonly #parts: Parts;
  readonly #rows: PartitionRows<unknown> | undefined;
  readonly #terms: ReadonlyMap<number, number | undefined>;
  #left: readonly number[];

  constructor(parts: Parts, covered: readonly number[], rows: PartitionRows<unknown> | undefined) {
    this.#parts = parts;
    this.covered = covered;
    this.#rows = rows;
    this.#terms = new Map(covered.map((partition) => [partition, this.#termOf(partition)] as const));
    this.#left = covered;
  }

  get isOpen(): boolean {
    return this.#left.length > 0;
  }

  /** Some more of them. Calls must not overlap. */
  async next(): Promise<TakenRows> {
    const lost: number[] = [];
    const chosen: number[] = [];
    let count = 0;
    let at = 0;
    for (; at < this.#left.length && count < ROWS_AT_ONCE; at++) {
      const partition = this.#left[at]!;
      if (!this.#isHere(partition)) {
        lost.push(partition);
        continue;
      }
      chosen.push(partition);
      count += this.#rows?.counts.get(partition) ?? 0;
    }
    this.#left = this.#left.slice(at);
    if (chosen.length === 0) return { part: undefined, given: [], lost, done: !this.isOpen };
    const part = this.#rows!.take(chosen);
    // Nothing that is not committed yet may be told, and nothing of a partition that went meanwhile.
    const isSettled = (await this.#parts.replication.settled(chosen)) && chosen.every((partition) => this.#isHere(partition));
    const done = !this.isOpen;
    return isSettled ? { part, given: chosen, lost, done } : { part: undefined, given: [], lost: [...lost, ...chosen], done };
  }

  #isHere(partition: number): boolean {
    return this.#parts.replication.serves(partition) && this.#termOf(partition) === this.#terms.get(partition);
  }

  #termOf(partition: number): number | undefined {
    return this.#parts.membership.view.partitions[partition]?.term;
  }
}
