/** Everything a user may import from `cobnut`. The PostgreSQL store is in `cobnut/knex`. */
export type { Checked, ParametersOf } from '../grammar/checked.ts';
export type { CheckedPath } from '../grammar/checked-path.ts';
export type { EntryPath } from '../grammar/paths.ts';
export type { AggregatorFactory } from './api/aggregator-factory.ts';
export type * from './api/criteria.ts';
export type * from './api/instance.ts';
export type * from './api/map-store.ts';
export type * from './api/map.ts';
export type { PredicateFactory } from './api/predicate-factory.ts';
export type * from './api/predicate.ts';
export type * from './api/query.ts';
export type { Clock, Timer } from './base/clock.ts';
export { registerClass, type ClassOptions } from './data/registered-classes.ts';
export * from './errors.ts';
export { newInstance } from './map/instance.ts';
export { Aggregators } from './query/predicates/aggregators.ts';
export { PredicateBuilder, Predicates } from './query/predicates/predicates.ts';
export { SqlPredicate } from './query/predicates/sql-predicate.ts';
