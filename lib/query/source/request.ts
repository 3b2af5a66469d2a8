/** What a query asks for beside its condition. */
import type { Attribute } from '../../../grammar/ast.ts';
import type { Direction } from '../../api/query.ts';

export interface OrderBy {
  readonly attribute: Attribute;
  /** Null last ascending, first descending; ties by slot, which stays the same while an entry lives. */
  readonly direction: Direction;
}

export interface QueryRequest {
  /** The most significant first; none: any order, but the same one each time if there is a limit or an offset. */
  readonly orderBy?: readonly OrderBy[] | undefined;
  /** Ties go by key, not by slot: what several members give is to be one order. Needs an order. Default false. */
  readonly tiesByKey?: boolean | undefined;
  /** Most rows to give. Default all. */
  readonly limit?: number | undefined;
  /** Rows to leave out first. Default 0. */
  readonly offset?: number | undefined;
  /** Entries of other partitions are passed over. Default all partitions. */
  readonly partitions?: ((partition: number) => boolean) | undefined;
  /** The only partition wanted, if that is what `partitions` says. */
  readonly partition?: number | undefined;
  /** Rows that may be given beyond `resultSizeLimit`: those that others leave out, because they come before an offset over all members. Default 0. */
  readonly spareRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
