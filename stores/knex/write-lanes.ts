/**
 * Coalesced write-through: writes that are waiting at the same time travel in one statement.
 *
 * A few lanes (connections) each carry one statement at a time. While they are busy, new writes gather; the lane that becomes free takes
 * all of them. So a lone write waits for nobody, and the busier the store the larger the statements: one commit for hundreds of writes,
 * as a database's own group commit does. Each write is still settled after the commit that carried it, and by itself: when a statement is
 * refused because of a row in it, halves are tried, and their halves, until the refused rows stand alone. So it is with a row that somebody else has
 * locked for too long; then all have waited, and the halves don't wait again.
 *
 * Writes of one key keep their order: a key that is under way, or that an earlier waiting write names, is left for a later statement.
 */
import { hasCode, mayBeOfOneRow } from './failures.ts';

const LOCK_NOT_AVAILABLE = '55P03';

export type WriteKind = 'store' | 'delete';

interface Waiting<Row, Result> {
  readonly kind: WriteKind;
  readonly row: Row;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WriteLanesOptions<Row, Result> {
  /**
   * Writes all rows or none. The rows are of different keys, in the order they came. Resolves to what each of them has become, or throws for one that
   * was left out. `isHurried`: locks are hardly waited for.
   */
  readonly commit: (kind: WriteKind, rows: readonly Row[], isHurried: boolean) => Promise<(row: Row) => Result>;
  /** Statements under way at a time. */
  readonly lanes: number;
  /** Most rows in a statement. */
  readonly rowsMax: number;
}

export class WriteLanes<Row extends { readonly identity: string }, Result = void> {
  readonly #options: WriteLanesOptions<Row, Result>;
  /** Keys of the writes under way. */
  readonly #busy = new Set<string>();
  #waiting: Waiting<Row, Result>[] = [];
  #freeLanes: number;
  #woken = false;
  #idle: (() => void)[] = [];

  constructor(options: WriteLanesOptions<Row, Result>) {
    this.#options = options;
    this.#freeLanes = options.lanes;
  }

  /** Resolves when the row is committed; rejects with the database's reason when this row was not. */
  submit(kind: WriteKind, row: Row): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, row, resolve, reject });
      if (this.#woken) return;
      this.#woken = true;
      // After the caller's other writes of this turn have come in.
      queueMicrotask(() => {
        this.#woken = false;
        this.#fillLanes();
      });
    });
  }

  /** Resolves when no write is waiting or under way. */
  async settled(): Promise<void> {
    if (this.#waiting.length === 0 && this.#busy.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #fillLanes(): void {
    while (this.#freeLanes > 0 && this.#waiting.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) return; // every waiting key is under way
      this.#freeLanes--;
      void this.#travel(batch);
    }
  }

  /** The longest-waiting writes of one kind whose keys nobody before them needs. */
  #take(): Waiting<Row, Result>[] {
    const batch: Waiting<Row, Result>[] = [];
    const left: Waiting<Row, Result>[] = [];
    const passedBy = new Set<string>();
    let kind: WriteKind | undefined;
    for (const write of this.#waiting) {
      const { identity } = write.row;
      const free = !this.#busy.has(identity) && !passedBy.has(identity);
      if (free && (kind ?? write.kind) === write.kind && batch.length < this.#options.rowsMax) {
        kind = write.kind;
        batch.push(write);
        this.#busy.add(identity);
      } else {
        passedBy.add(identity);
        left.push(write);
      }
    }
    this.#waiting = left;
    return batch;
  }

  async #travel(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    await this.#settle(batch, false);
    for (const { row } of batch) this.#busy.delete(row.identity);
    this.#freeLanes++;
    this.#fillLanes();
    if (this.#waiting.length > 0 || this.#busy.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Never rejects: what happens goes to those who wait. */
  async #settle(batch: readonly Waiting<Row, Result>[], isHurried: boolean): Promise<void> {
    try {
      const resultOf = await this.#options.commit(
        batch[0]!.kind,
        batch.map(({ row }) => row),
        isHurried,
      );
      for (const { row, resolve, reject } of batch) {
        try {
          resolve(resultOf(row));
        } catch (error) {
          reject(error);
        }
      }
    } catch (error) {
      if (batch.length === 1 || !mayBeOfOneRow(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = batch.length >> 1;
      const isLocked = isHurried || hasCode(error, LOCK_NOT_AVAILABLE);
      await this.#settle(batch.slice(0, middle), isLocked);
      await this.#settle(batch.slice(middle), isLocked);
    }
  }
}
