/** What calls on everything that a map holds say on the wire. */
import type { WireId } from './call-wire.ts';

/** `query.run`: do your part. */
export interface RunBody {
  /** Number of this sending, among all that the caller sends. */
  readonly ticket: number;
  readonly map: string;
  readonly verb: string;
  readonly args: unknown;
  /** Partitions; `undefined`: it is about the member, not about partitions. */
  readonly asked: readonly number[] | undefined;
  /** Of a verb that must not be done twice: its number, and for each partition the term under which the caller knows its primary. */
  readonly once: { readonly id: WireId; readonly terms: readonly number[] } | undefined;
}

export interface RunAnswer {
  /** The partitions that the parts are about: those that were asked for and are served here. */
  readonly covered: readonly number[];
  /** None when nothing is covered. */
  readonly parts: readonly unknown[];
  /** Of the newest view known there. */
  readonly version: number;
}

/** `query.alive`, from who works: it goes on. `query.cancel`, from who asked: no answer is wanted any more. */
export type TicketBody = number;

/** `query.rows`: the next rows of what was opened by a `query.run` with this ticket. `query.close` by its ticket: no more are wanted. */
export interface RowsAnswer {
  readonly rows: unknown;
  /** Partitions whose rows are all here. */
  readonly given: readonly number[];
  /** Partitions that are served here no more; none of their rows were given. */
  readonly lost: readonly number[];
  readonly done: boolean;
}
