/** From what a predicate or a fluent query asks for besides its condition to the engine's request. */
import type { QueryRequest } from '../query/source/request.ts';
import type { WherePredicate } from '../query/predicates/where.ts';
import type { KeyAddresses } from '../member/key-addresses.ts';

/** The page and the partition of a predicate; `undefined` when it has neither, which is the common case. */
export function requestOf({ paging, partition }: WherePredicate, addresses: KeyAddresses): QueryRequest | undefined {
  if (paging === undefined && partition === undefined) return undefined;
  const wanted = partition === undefined ? undefined : addresses.partitionFor(partition.partitionKey);
  return {
    orderBy: paging?.orderBy,
    limit: paging?.pageSize,
    offset: paging === undefined ? undefined : paging.pageSize * paging.pageNumber,
    partitions: wanted === undefined ? undefined : (candidate) => candidate === wanted,
    partition: wanted,
  };
}
