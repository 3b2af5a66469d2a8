/** What a user may import: a name that comes or goes is a decision, not an accident. */
import * as assert from 'uvu/assert';
import * as cobnut from '../../lib/index.ts';
import type {
  Aggregator, AttributeCriteria, AggregatorFactory, Checked, CheckedPath, ClassOptions, Clock, ClusterOptions, ClusterView, Coordinator, EntryObject, EntryPath, EntryProcessor, EntryView, ErrorCode,
  ErrorDetails, ExpiryOptions, ExplainOptions, Explanation, IMap, IndexOptions, Instance, InstanceOptions, Links, LoadCount, LoadProgress, LoadSink,
  LocalMapStats, LockHandle, LockOptions, MapLoader, MapLoaderLifecycle, MapOptions, MapStore, MapStoreContext, MapStoreFactory, MapStoreOptions, PagingPredicate,
  ParametersOf, PartitionPredicate, Predicate, PredicateFactory, ProcessorEntry, ProcessorReference, Query, Selection, SortedOrHashIndex, Timer, TryLockOptions, Where, WhereCondition,
} from '../../lib/index.ts'; // prettier-ignore
import { describe } from '../kit/describe.ts';

/** The types: that this compiles is the test. */
export type Exported = [
  Aggregator<1, 1>, AggregatorFactory<1, 1>, AttributeCriteria<1, 1>, Checked<'this = 1', number, 1>, CheckedPath<'this', 1, 1>, ClassOptions<object>, Clock, ClusterOptions, ClusterView, Coordinator,
  EntryObject<1, 1>, EntryPath<1, 1>, EntryProcessor<1, 1>, EntryView<1, 1>, ErrorCode, ErrorDetails, ExpiryOptions, ExplainOptions, Explanation, IMap<1, 1>,
  IndexOptions, Instance, InstanceOptions, Links, LoadCount, LoadProgress, LoadSink<1, 1>, LocalMapStats, LockHandle<1, 1>, LockOptions, MapLoader<1, 1>, MapLoaderLifecycle,
  MapOptions, MapStore<1, 1>, MapStoreContext, MapStoreFactory<1, 1>, MapStoreOptions, PagingPredicate<1, 1>, ParametersOf<'a = ?', 1, 1>,
  PartitionPredicate<1, 1>, Predicate<1>, PredicateFactory<1, 1>, ProcessorEntry<1, 1>, ProcessorReference, Query<1, 1>, Selection<1, 1, 'this'>, SortedOrHashIndex, Timer, TryLockOptions, Where<1, 'a', 1>,
  WhereCondition<1, 'a', 1>,
]; // prettier-ignore

const test = describe('exports');

test('the values a user may import', () => {
  assert.equal(Object.keys(cobnut).toSorted(), [
    'AbortedError', 'Aggregators', 'BatchStoreError', 'CobnutError', 'ConfigError', 'EntryProcessorError', 'EventsLostError', 'InProcessNetwork', 'IndexError', 'InstanceClosedError', 'KeyError',
    'LocalCoordinator', 'MapDestroyedError', 'MapStoreError', 'MapStoreReentryError', 'NotEnoughBackupsError', 'NotLockOwnerError', 'OutcomeUnknownError', 'PredicateBuilder', 'PredicateParametersError',
    'PredicateSyntaxError', 'Predicates', 'QueryResultSizeError', 'SqlPredicate', 'StoreConflictError', 'StoreSchemaError', 'UnavailableError', 'ValueError', 'WriteBehindFullError',
    'loadConfig', 'logTo', 'newInstance', 'parseConfig', 'registerClass',
  ]); // prettier-ignore
});

test.run();
