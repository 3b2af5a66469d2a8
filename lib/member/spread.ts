/**
 * Calls on everything that a map holds, made from one member (M42): each partition is asked of its primary, once.
 *
 * All partitions of a member are one request. Its answer says which of them it is about; the others, and those of members that were lost, are
 * asked again of whom the newest view names, until none is left. So however partitions move meanwhile, each is in exactly one of the parts.
 */
import type { MemberOperation } from '../operations/home.ts';
import type { MemberQueries } from './query-server.ts';
import type { QueryMap } from './query-map.ts';

export class Spread {
  constructor(queries: MemberQueries, map: QueryMap) {
    void queries;
    void map;
  }

  /** Errors: what members answered; ERR_UNAVAILABLE, or ERR_OUTCOME_UNKNOWN for changes, when partitions found nobody within `callTimeoutSeconds`. */
  async run<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R> {
    throw new Error(`not yet: ${operation.name} ${String(args)}`);
  }

  /** Of what this member holds only. */
  async runHere<A, R>(operation: MemberOperation<A, R>, args: A): Promise<R> {
    return this.run(operation, args);
  }
}
