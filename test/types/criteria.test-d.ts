/** Criteria, `Predicates.of` and `Aggregators.of`: paths and value types. */
import type { Aggregator } from '../../lib/api/query.ts';
import type { Predicate } from '../../lib/api/predicate.ts';
import { Aggregators } from '../../lib/query/predicates/aggregators.ts';
import { PredicateBuilder, Predicates } from '../../lib/query/predicates/predicates.ts';
import { SqlPredicate } from '../../lib/query/predicates/sql-predicate.ts';
import { type Equal, expectType } from '../kit/types.ts';
import { type Badge, type Employee, badges, dynamic, employees } from './employee.ts';

// ---- the manual's example, untyped and typed
const anyone = new PredicateBuilder().getEntryObject();
void employees.values(anyone.is('active').and(anyone.get('age').lessThan(30)));
const e = new PredicateBuilder<Employee>().getEntryObject();
void employees.values(e.is('active').and(e.get('age').lessThan(30)));
void employees.values(new SqlPredicate('active AND age < 30').and(e.get('age').lessThan(30)));

// ---- as a function of an entry
void employees.values((one) => one.is('active').and(one.get('age').lessThan(30)));
void employees.values((one) => one.get('address.city').equal('Rome').or(one.get('grade').in('senior', 'staff')));
void employees.values((one) => one.get('address.geo.lat').between(41, 42).not());
void employees.values((one) => one.get('manager').equal(null).or(one.get('nick').equal(null)));
void employees.values((one) =>
  one
    .get('hired')
    .greaterThan('2020-01-01')
    .and(one.get('hired').lessThan(new Date(0))),
);
void employees.values((one) => one.get('tags[any]').like('x%').and(one.get('limbs[3].name').ilike('ARM')));
void employees.values((one) => one.get('code').equal(3).or(one.get('code').equal('x')).or(one.get('code').like('x')));
void employees.values((one) => one.get('grade').greaterEqual('s').and(one.get('bonus').lessThan(3)));
void employees.values((one) => one.get('`odd name`').regex('a.*').and(one.is('`like`')));
void employees.values((one) => one.key().like('x%').and(one.get('__key').equal('x')));
void employees.values((one) => one.get('meta').equal(3).and(one.get(dynamic).lessThan(3)));
void badges.values((one) => one.key().get('site').equal('rome').and(one.get('__key.serial').lessThan(3)));
void employees.values((one) => one.get('marks.maths').lessThan(3).and(one.get('this').isNotNull()));

// @ts-expect-error there is no attribute 'agee'
void employees.values((one) => one.get('agee').lessThan(30));
// @ts-expect-error text is not a number
void employees.values((one) => one.get('age').lessThan('30'));
// @ts-expect-error a boolean has no order
void employees.values((one) => one.get('active').lessThan(true));
// @ts-expect-error 'age' is a number, not a boolean
void employees.values((one) => one.is('age'));
// @ts-expect-error a number has no LIKE
void employees.values((one) => one.get('age').like('3%'));
// @ts-expect-error no such grade
void employees.values((one) => one.get('grade').equal('senor'));
// @ts-expect-error never null
void employees.values((one) => one.get('age').equal(null));
// @ts-expect-error no such site
void badges.values((one) => one.key().get('site').equal('pisa'));
// @ts-expect-error there is no attribute 'raise'
void employees.values((one) => one.get('raise').isNull());
// @ts-expect-error a predicate over other values
void employees.values(new PredicateBuilder<{ x: number }>().getEntryObject().get('x').equal(3));

// ---- the factory
const { equal, lessThan, like, sql, paging, partition, and, not, is } = Predicates.of<Employee, string>();
void employees.values(and(equal('grade', 'staff'), lessThan('age', 30), not(is('active')), like('name', 'J%')));
void employees.values(paging(sql('age < ?', 30), 10).orderBy('address.city', 'desc').orderBy('__key').page(2));
void employees.values(partition('rome', Predicates.alwaysTrue()));
void employees.values(Predicates.and(Predicates.equal('whatever', 3), Predicates.sql(dynamic, 1)));
void employees.values(Predicates.instanceOf(Date).or(Predicates.instanceOf('string')));
void employees.values(Predicates.paging(20).nextPage());
void employees.query().where('active').orderBy('address.zip').select('name', '__key', 'limbs[0].name');
expectType<Equal<ReturnType<typeof sql>, Predicate<Employee>>>();
// @ts-expect-error there is no attribute 'agee'
equal('agee', 3);
// @ts-expect-error 'active' is a boolean
lessThan('active', 3);
// @ts-expect-error sql: 'age' is a number, not text
sql("age < 'x'");
// @ts-expect-error a number is due
sql('age < ?', 'x');
// @ts-expect-error no such path
paging(10).orderBy('agee');
// @ts-expect-error a page can't be a condition
void employees.query().where(paging(10));

// ---- index attributes
void employees.addIndex('address.city', true);
void badges.addIndex('__key.serial', true);
void employees.addIndex(dynamic, false);
// @ts-expect-error there is no attribute 'agee'
void employees.addIndex('agee', true);

// ---- rows and results
const rows = employees.project(['name', 'address.geo.lat', '__key', 'tags[any]'], 'active');
type Row = Awaited<typeof rows>[number];
expectType<
  Equal<
    Row,
    { readonly name: string; readonly 'address.geo.lat': number | undefined; readonly __key: string; readonly 'tags[any]': string }
  >
>();
const a = Aggregators.of<Employee, Badge>();
expectType<Equal<ResultOf<ReturnType<typeof a.count>>, number>>();
const sum = a.sum('bonus');
expectType<Equal<ResultOf<typeof sum>, bigint | undefined>>();
const least = a.min('hired');
expectType<Equal<ResultOf<typeof least>, Date | undefined>>();
const perGrade = a.groupBy('grade', a.avg('age'));
expectType<Equal<ResultOf<typeof perGrade>, Map<Employee['grade'] | null, number | undefined>>>();
const sites = a.distinct('__key.site');
expectType<Equal<ResultOf<typeof sites>, Set<'rome' | 'oslo'>>>();
expectType<Equal<Awaited<ReturnType<typeof countOf>>, number>>();
const countOf = () => employees.aggregate(Aggregators.count(), 'active AND age < ?', 30);
// @ts-expect-error 'name' is text, not a number
a.sum('name');
type ResultOf<A> = A extends Aggregator<never, infer R> ? R : never;
