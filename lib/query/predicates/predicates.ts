/** Predicates made in code: the builder of the manual, and the `Predicates` factory (M38). */
import type { InstanceOf } from '../../../grammar/ast.ts';
import { constant, instanceOf } from '../../../grammar/nodes.ts';
import type { EntryObject } from '../../api/criteria.ts';
import type { PredicateFactory } from '../../api/predicate-factory.ts';
import type { PagingPredicate, PartitionPredicate, Predicate } from '../../api/predicate.ts';
import { AttributeComparisons } from './attribute-comparisons.ts';
import { entryObject } from './criteria.ts';
import { PagingPredicateObject } from './paging-predicate.ts';
import { PredicateObject, joined } from './predicate-object.ts';
import { SqlPredicate } from './sql-predicate.ts';

/** `new PredicateBuilder<Employee>().getEntryObject()`: the beginning of a criteria expression. Without a type nothing is checked. */
export class PredicateBuilder<V = unknown, K = unknown> {
  getEntryObject(): EntryObject<V, K> {
    return entryObject();
  }
}

/** Predicates over values of any type; `of` gives the same, checked for values and keys of known types. */
export const Predicates: PredicateFactory<unknown, unknown> & { of<V, K = unknown>(): PredicateFactory<V, K> } = Object.freeze({
  ...entryObject<unknown>(),
  of: typed,
  equal: (path: string, value: unknown) => at(path).equal(value),
  notEqual: (path: string, value: unknown) => at(path).notEqual(value),
  isNull: (path: string) => at(path).isNull(),
  isNotNull: (path: string) => at(path).isNotNull(),
  lessThan: (path: string, value: unknown) => at(path).lessThan(value),
  lessEqual: (path: string, value: unknown) => at(path).lessEqual(value),
  greaterThan: (path: string, value: unknown) => at(path).greaterThan(value),
  greaterEqual: (path: string, value: unknown) => at(path).greaterEqual(value),
  between: (path: string, low: unknown, high: unknown) => at(path).between(low, high),
  in: (path: string, ...values: readonly unknown[]) => at(path).in(...values),
  like: (path: string, pattern: string, escape?: string) => at(path).like(pattern, escape),
  ilike: (path: string, pattern: string, escape?: string) => at(path).ilike(pattern, escape),
  regex: (path: string, pattern: string) => at(path).regex(pattern),
  and: (...predicates: readonly Predicate[]) => joined('and', predicates),
  or: (...predicates: readonly Predicate[]) => joined('or', predicates),
  not: (predicate: Predicate) => predicate.not(),
  sql: (text: unknown, ...parameters: readonly unknown[]) => new SqlPredicate(String(text), ...parameters),
  alwaysTrue: () => new PredicateObject(constant(true)),
  alwaysFalse: () => new PredicateObject(constant(false)),
  instanceOf: (type: InstanceOf['type']) => new PredicateObject(instanceOf(type)),
  paging,
  partition: (partitionKey: unknown, predicate?: PartitionPredicate['predicate']): PartitionPredicate =>
    Object.freeze({ kind: 'partition', partitionKey, predicate }),
});

function typed<V, K>(): PredicateFactory<V, K>;
function typed(): PredicateFactory<unknown, unknown> {
  return Predicates;
}

function paging(predicate: Exclude<PagingPredicate['predicate'], undefined>, pageSize: number): PagingPredicate;
function paging(pageSize: number): PagingPredicate;
function paging(predicateOrSize: Exclude<PagingPredicate['predicate'], undefined> | number, pageSize = 0): PagingPredicate {
  const some =
    typeof predicateOrSize === 'number' ? { predicate: undefined, pageSize: predicateOrSize } : { predicate: predicateOrSize, pageSize };
  return new PagingPredicateObject({ ...some, pageNumber: 0, order: [] });
}

function at(path: string): AttributeComparisons {
  return new AttributeComparisons(path);
}
