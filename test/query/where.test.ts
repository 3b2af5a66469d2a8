/** What a user may give as a predicate, and what a wrong parameter is told. */
import * as assert from 'uvu/assert';
import { PredicateParametersError, PredicateSyntaxError } from '../../lib/errors.ts';
import { PredicateBuilder, Predicates } from '../../lib/query/predicates/predicates.ts';
import { SqlPredicate } from '../../lib/query/predicates/sql-predicate.ts';
import { toPredicate } from '../../lib/query/predicates/where.ts';
import type { EntryObject } from '../../lib/api/criteria.ts';
import { describe } from '../kit/describe.ts';
import { thrownBy } from '../kit/thrown-by.ts';

const test = describe('query/where');
const e = new PredicateBuilder().getEntryObject();
const { ast } = e.is('active').and(e.get('age').lessThan(30));

test('text, predicates, functions and nothing', () => {
  assert.equal(toPredicate('active AND age < 30').ast, ast);
  assert.equal(toPredicate(new SqlPredicate('active AND age < 30')).ast, ast);
  assert.equal(toPredicate(e.is('active').and(e.get('age').lessThan(30))).ast, ast);
  assert.equal(toPredicate((one: EntryObject<unknown>) => one.is('active').and(one.get('age').lessThan(30))).ast, ast);
  assert.equal(toPredicate(undefined), { ast: { kind: 'constant', value: true }, parameters: [] });
});

test('pages and partitions, either inside the other', () => {
  const attribute = { kind: 'attribute', root: 'value', steps: [{ kind: 'name', name: 'age' }], text: 'age' };
  const paging = { pageSize: 10, pageNumber: 2, orderBy: [{ attribute, direction: 'desc' }] };
  const page = Predicates.paging(new SqlPredicate('age < ?', 30), 10).orderBy('age', 'desc').page(2);
  const { ast: condition, parameters } = new SqlPredicate('age < ?', 30);
  assert.equal(toPredicate(page), { ast: condition, parameters, paging });
  assert.equal(toPredicate(Predicates.partition('rome', page)), {
    ast: condition,
    parameters,
    paging,
    partition: { partitionKey: 'rome' },
  });
  assert.equal(toPredicate(Predicates.paging(Predicates.partition(1), 3)), {
    ...toPredicate(undefined),
    partition: { partitionKey: 1 },
    paging: { pageSize: 3, pageNumber: 0, orderBy: [] },
  });
});

test('a text is parsed once', () => {
  assert.is(toPredicate('age < ?', [1]).ast, toPredicate('age < ?', [2]).ast);
});

test('parameters by place and by name', () => {
  const date = new Date(0);
  assert.equal(toPredicate('a = ? AND b = ? AND c = ? AND d = ? AND f = ? AND g = ?', [1, 'x', 2n, true, date, undefined]).parameters, [
    1,
    'x',
    2n,
    true,
    date,
    null,
  ]);
  assert.equal(toPredicate('age < :limit AND salary < :limit AND name = :name', [{ name: 'Joe', limit: 30 }]).parameters, [30, 'Joe']);
});

const FAULTS: readonly (readonly [text: string, parameters: readonly unknown[], message: string])[] = [
  ['age < ?', [], 'the predicate takes 1 parameter, and 0 were given'],
  ['age < ? AND name = ?', [1], 'the predicate takes 2 parameters, and 1 was given'],
  ['age < 30', [1], 'the predicate takes no parameters, and 1 was given'],
  ['age < ?', [{}], 'parameter 1 is an object; it must be a string, number, bigint, boolean, Date or null'],
  ['age < ? AND name = ?', [1, () => 1], 'parameter 2 is a function; it must be a string, number, bigint, boolean, Date or null'],
  ['age < :limit', [30], 'the parameters of the predicate have names, so give one object: { limit: … }'],
  ['age < :limit', [], 'the parameters of the predicate have names, so give one object: { limit: … }'],
  ['age < :limit AND name = :name', [{ limit: 1 }], 'no value for :name'],
  ['age < :limit AND name = :name', [{ limit: 1, nmae: 'x' }], 'no value for :name; the predicate has no :nmae (did you mean :name?)'],
  ['age < :limit', [{ limit: 1, extra: 2 }], 'the predicate has no :extra'],
  ['age < :limit', [{ limit: [] }], 'parameter :limit is a list; it must be a string, number, bigint, boolean, Date or null'],
  ['age < :toString', [{}], 'no value for :toString'],
];
for (const [text, parameters, message] of FAULTS) {
  test(`${text}: ${message}`, () => {
    const fault = thrownBy(() => toPredicate(text, parameters));
    assert.instance(fault, PredicateParametersError);
    assert.is(fault.message, message);
    assert.is(thrownBy(() => new SqlPredicate(text, ...parameters)).message, message);
  });
}

test('what is no predicate at all', () => {
  for (const where of [null, 3, {}, [], new Date(0)])
    assert.instance(
      thrownBy(() => toPredicate(where)),
      PredicateParametersError,
    );
  assert.instance(
    thrownBy(() => toPredicate(() => 'active')),
    PredicateParametersError,
  );
  assert.match(thrownBy(() => toPredicate(e.is('active'), [1])).message, 'only SQL text takes parameters');
});

test('a syntax error shows the place and has its particulars', () => {
  const fault = thrownBy(() => toPredicate('active AND age =< 30'));
  assert.instance(fault, PredicateSyntaxError);
  assert.match(fault.message, '\n  active AND age =< 30\n                 ^^');
  const { offset, line, column, suggestion } = (fault as PredicateSyntaxError).details;
  assert.equal({ offset, line, column, suggestion }, { offset: 15, line: 1, column: 16, suggestion: '<=' });
});

test.run();
