/** The criteria builder: what each call means, word for word the manual's and the contract's examples. */
import * as assert from 'uvu/assert';
import { PredicateParametersError, PredicateSyntaxError } from '../../lib/errors.ts';
import { PredicateBuilder, Predicates } from '../../lib/query/predicates/predicates.ts';
import { SqlPredicate } from '../../lib/query/predicates/sql-predicate.ts';
import { describe } from '../kit/describe.ts';
import { thrownBy } from '../kit/thrown-by.ts';

const test = describe('query/criteria');
const e = new PredicateBuilder().getEntryObject();

test('the example of the manual', () => {
  const predicate = e.is('active').and(e.get('age').lessThan(30));
  assert.is(String(predicate), 'active AND age < 30');
  assert.equal(predicate.ast, new SqlPredicate('active AND age < 30').ast);
});

/** Each comparison beside the SQL text that means the same. */
const PAIRS: readonly (readonly [made: { readonly ast: unknown }, sql: string])[] = [
  [e.is('active'), 'active'],
  [e.isNot('active'), 'NOT active'],
  [e.get('age').equal(30), 'age = 30'],
  [e.get('age').notEqual(30), 'age != 30'],
  [e.get('age').equal(null), 'age IS NULL'],
  [e.get('age').notEqual(null), 'age IS NOT NULL'],
  [e.get('age').isNull(), 'age IS NULL'],
  [e.get('age').isNotNull(), 'age IS NOT NULL'],
  [e.get('age').greaterThan(30), 'age > 30'],
  [e.get('age').greaterEqual(30), 'age >= 30'],
  [e.get('age').lessThan(30), 'age < 30'],
  [e.get('age').lessEqual(30), 'age <= 30'],
  [e.get('age').between(20, 33), 'age BETWEEN 20 AND 33'],
  [e.get('age').in(20, 30, 40), 'age IN (20, 30, 40)'],
  [e.get('age').in(1, null), 'age IN (1, NULL)'],
  [e.get('name').like('Jo%'), "name LIKE 'Jo%'"],
  [e.get('name').like('10!%', '!'), "name LIKE '10!%' ESCAPE '!'"],
  [e.get('name').ilike('JO%'), "name ILIKE 'JO%'"],
  [e.get('name').regex('J.*'), "name REGEX 'J.*'"],
  [e.get('name').like('Jo_').not(), "NOT name LIKE 'Jo_'"],
  [e.get('address.city').equal('Rome'), "address.city = 'Rome'"],
  [e.get('limbs[0].name').equal('arm'), "limbs[0].name = 'arm'"],
  [e.get('tags[any]').equal('x'), "tags[any] = 'x'"],
  [e.get('`odd name`').equal('x'), "`odd name` = 'x'"],
  [e.get('this').greaterThan(3), 'this > 3'],
  [e.key().equal('k'), "__key = 'k'"],
  [e.key().get('site').equal('rome'), "__key.site = 'rome'"],
  [e.key().get('parts[0]').equal(1), '__key.parts[0] = 1'],
  [e.get('id').equal(9007199254740993n), 'id = 9007199254740993'],
  [e.is('active').or(e.get('age').equal(45)).or(e.get('name').equal('Joe')), "active OR age = 45 OR name = 'Joe'"],
  [e.is('active').and(e.get('age').greaterThan(20).or(e.get('salary').lessThan(60000))), 'active AND (age > 20 OR salary < 60000)'],
  [
    e.is('active').and(e.get('salary').greaterEqual(50000).or(e.get('age').between(20, 30).not())),
    'active AND (salary >= 50000 OR NOT age BETWEEN 20 AND 30)',
  ],
];
for (const [made, sql] of PAIRS) test(sql, () => assert.equal(made.ast, new SqlPredicate(sql).ast));

test('the factory has the same set', () => {
  const { alwaysFalse, alwaysTrue, and, between, equal, instanceOf, like, not, or, sql } = Predicates;
  assert.is(
    String(and(equal('age', 30), or(like('name', 'J%'), not(between('age', 1, 2))))),
    "age = 30 AND (name LIKE 'J%' OR NOT age BETWEEN 1 AND 2)",
  );
  assert.is(String(sql('age = ?', 3).and(Predicates.isNot('active'))), 'age = ? AND NOT active');
  assert.equal(instanceOf(Date).ast, { kind: 'instance-of', type: Date });
  assert.is(String(alwaysTrue()), 'TRUE');
  assert.is(String(alwaysFalse()), 'FALSE');
  assert.equal(and().ast, alwaysTrue().ast);
  assert.equal(or().ast, alwaysFalse().ast);
  assert.equal(Predicates.of<{ age: number }>().in('age', 1).ast, Predicates.in('age', 1).ast);
});

test('combining flattens, takes double negations away and changes nothing it was made from', () => {
  const [a, b, c] = [e.is('a'), e.is('b'), e.is('c')];
  const chain = a.and(b).and(c.and(a));
  assert.is(chain.ast.kind === 'and' && chain.ast.terms.length, 4);
  assert.is(a.and(b).or(c).ast.kind, 'or');
  assert.is(a.not().not().ast, a.ast);
  assert.is(String(Predicates.alwaysTrue().not()), 'FALSE');
  assert.ok(Object.isFrozen(chain) && Object.isFrozen(chain.ast) && Object.isFrozen(chain.parameters));
  assert.is(String(a), 'a');
});

test('parameters are counted on when predicates are combined', () => {
  const both = new SqlPredicate('age < ? AND name = ?', 30, 'Joe').or(new SqlPredicate('salary > :least', { least: 5 }));
  assert.equal(both.parameters, [30, 'Joe', 5]);
  assert.is(String(both), 'age < ? AND name = ? OR salary > ?');
  const nested = e
    .is('active')
    .and(new SqlPredicate('NOT (age IN (?, 2) OR age BETWEEN ? AND ?) AND name LIKE ? AND age IS DISTINCT FROM ?', 1, 3, 4, 'x', null));
  assert.equal(nested.and(both).parameters, [1, 3, 4, 'x', null, 30, 'Joe', 5]);
});

test('parameters are counted on at any depth', () => {
  const deep = new SqlPredicate(`${'NOT (active OR '.repeat(20_000)}age = ?${')'.repeat(20_000)}`, 1);
  const both = new SqlPredicate('age = ?', 2).and(deep);
  assert.equal(both.parameters, [2, 1]);
  assert.ok(String(both).endsWith(`age = ?${')'.repeat(20_000)}`));
});

test('50,000 terms, one after the other, in time linear to their number', () => {
  let predicate = e.get('age').equal(0);
  for (let i = 1; i < 50_000; i++) predicate = predicate.or(e.get('age').equal(i));
  assert.is(predicate.ast.kind === 'or' && predicate.ast.terms.length, 50_000);
  assert.is(Predicates.or(...Array.from({ length: 8000 }, (_, i) => e.get('age').equal(i))).ast.kind, 'or');
});

test('a date is copied, so that it can change afterwards', () => {
  const date = new Date(1);
  const predicate = e.get('hired').lessThan(date);
  date.setTime(2);
  assert.equal(predicate.ast, e.get('hired').lessThan(new Date(1)).ast);
});

test('in() of nothing is never true', () => assert.equal(e.get('age').in().ast, { kind: 'constant', value: false }));

test('a bad path says what is wrong with it', () => {
  for (const path of ['', 'a..b', 'a b', 'a[', '1a', 'a = 1', 'tags[x]']) {
    assert.instance(
      thrownBy(() => e.get(path)),
      PredicateSyntaxError,
      path,
    );
  }
});

test('only scalars are compared with', () => {
  const loose = e as unknown as { get(path: string): { equal(value: unknown): unknown; like(pattern: unknown, escape?: string): unknown } };
  const fault = thrownBy(() => loose.get('age').equal({}));
  assert.instance(fault, PredicateParametersError);
  assert.is(fault.message, "'age' is compared with an object; it must be a string, number, bigint, boolean, Date or null");
  assert.match(thrownBy(() => loose.get('age').equal([1])).message, 'a list');
  assert.match(thrownBy(() => loose.get('name').like(3)).message, "the pattern for 'name' must be text, not a number");
  assert.match(thrownBy(() => loose.get('name').like('x', '!!')).message, 'one character');
});

const combine = (other: unknown): string => thrownBy(() => e.is('active').and(other as never)).message;
test('what is no predicate does not combine with one', () => {
  assert.match(combine('age < 30'), 'new SqlPredicate');
  assert.match(combine(Predicates.paging(10)), 'a paging predicate');
  assert.match(combine(null), 'null');
});

test('paging: each call gives another page', () => {
  const first = Predicates.paging(e.is('active'), 10).orderBy('address.city', 'desc').orderBy('__key');
  assert.equal(first.order, [
    { path: 'address.city', direction: 'desc' },
    { path: '__key', direction: 'asc' },
  ]);
  assert.equal(
    [first, first.nextPage(), first.page(7), first.previousPage(), first.page(7).previousPage()].map((page) => page.pageNumber),
    [0, 1, 7, 0, 6],
  );
  assert.is(first.page(7).pageSize, 10);
  assert.equal(first.page(7).order, first.order);
  assert.ok(Object.isFrozen(first));
  assert.is(Predicates.paging(5).predicate, undefined);
  for (const size of [0, -1, 1.5, Number.NaN])
    assert.instance(
      thrownBy(() => Predicates.paging(size)),
      PredicateParametersError,
    );
  assert.instance(
    thrownBy(() => first.page(-1)),
    PredicateParametersError,
  );
  assert.instance(
    thrownBy(() => first.orderBy('a..b')),
    PredicateSyntaxError,
  );
  assert.instance(
    thrownBy(() => first.orderBy('a', 'up' as 'asc')),
    PredicateParametersError,
  );
});

test.run();
