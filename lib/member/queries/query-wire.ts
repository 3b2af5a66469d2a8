/** What calls on everything that a map holds say on the wire. */

/** `query.run`: do your part. */
export interface RunBody {
  /** Number of this sending, among all that the caller sends. */
  readonly ticket: number;
  readonly map: string;
  readonly verb: string;
  readonly args: unknown;
  /** Partitions; `undefined`: it is about the member, not about partitions. */
  readonly asked: readonly number[] | undefined;
  /** The rows are to be kept, and taken by `query.rows`. */
  readonly opens: boolean;
}

export interface RunAnswer {
  /** The partitions that the parts are about: those that were asked for and are served here. */
  readonly covered: readonly number[];
  /** None when nothing is covered, or when rows are kept. */
  readonly parts: readonly unknown[];
  /** Of the newest view known there. */
  readonly version: number;
}

/** `query.rows`: some more of the rows that were kept for this ticket. */
export interface RowsAnswer {
  readonly part: unknown;
  /** Partitions whose rows are all in the part. */
  readonly given: readonly number[];
  /** Partitions that are not served here any more; none of their rows were given. */
  readonly lost: readonly number[];
  /** Nothing is kept any more. */
  readonly done: boolean;
}

/**
 * `query.alive`, from who works: it goes on. `query.cancel`, from who asked: neither an answer nor rows are wanted any more. `query.rows`: more of the
 * rows. Each by the number of the sending.
 */
export type TicketBody = number;
