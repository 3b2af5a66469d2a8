/** Normalisation by example, and its cost on predicates of absurd size. */
import * as assert from 'uvu/assert';
import type { Predicate, Scalar } from '../../grammar/ast.ts';
import { PredicateParametersError } from '../../lib/errors.ts';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import type { AttributeCondition, Condition } from '../../lib/query/conditions/condition.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { describe } from '../kit/describe.ts';
import {
  and,
  attribute,
  between,
  compare,
  constant,
  instanceOf,
  isIn,
  isNull,
  like,
  literal,
  not,
  or,
  parameter,
  relate,
  truth,
} from './nodes.ts';

const test = describe('normalise');

const TRUE: Condition = { kind: 'constant', value: true };
const FALSE: Condition = { kind: 'constant', value: false };

/** The tree with the texts of its leaves. */
function shape(condition: Condition): unknown {
  if (condition.kind === 'constant') return condition.value;
  return condition.kind === 'all' || condition.kind === 'any' ? [condition.kind, ...condition.terms.map(shape)] : condition.text;
}

function attributeCondition(ast: Predicate): AttributeCondition {
  const condition = normalise(ast);
  if (condition.kind !== 'attribute') throw new Error(`one condition expected, not ${condition.kind}`);
  return condition;
}

const selects = (ast: Predicate, value: unknown, key?: unknown): boolean => conditionTest(normalise(ast))(key, value);

function fold(left: Scalar, right: Scalar, operator: '=' | '<' = '='): Condition {
  return normalise(relate(literal(left), operator, literal(right)));
}

test('NOT goes to the leaves and AND and OR become flat', () => {
  const ast = not(or(and(truth('a'), and(truth('b'), truth('c'))), not(and(truth('d'), compare('e', '<', 3)))));
  assert.equal(shape(normalise(ast)), ['all', ['any', 'NOT a', 'NOT b', 'NOT c'], 'd', 'e < 3']);
});

test('a literal may stand on either side', () => {
  assert.is(attributeCondition(relate(literal(30), '>', attribute('age'))).text, 'age < 30');
});

test('what is said about one attribute becomes one set', () => {
  const range = attributeCondition(and(compare('age', '>=', 20), compare('age', '<', 30), compare('age', '!=', 25)));
  assert.is(range.text, 'age >= 20 AND age < 30 AND age != 25');
  assert.is(range.set.numbers.length, 4);
  const points = attributeCondition(or(compare('age', '=', 20), compare('age', '=', 30), compare('age', '=', 20)));
  assert.equal([...points.set.numbers], [20, 20, 30, 30]);
  assert.is(points.text, 'age = 20 OR age = 30');
  const nested = attributeCondition(and(or(compare('a', '=', 1), compare('a', '=', 2)), compare('a', '>', 1)));
  assert.is(nested.text, '(a = 1 OR a = 2) AND a > 1');
  assert.equal([...nested.set.numbers], [2, 2]);
});

test('contradictions and truisms are constants', () => {
  assert.equal(normalise(and(compare('age', '<', 3), compare('age', '>', 5), truth('b'))), FALSE);
  assert.equal(normalise(or(isNull('age'), isNull('age', true), truth('b'))), TRUE);
  assert.equal(shape(normalise(or(compare('age', '<', 3), compare('age', '>=', 3)))), 'age < 3 OR age >= 3', 'null is in neither');
  assert.equal(normalise(compare('age', '=', null)), FALSE);
  assert.equal(normalise(not(compare('age', '=', null))), FALSE);
  assert.equal(normalise(isIn('age', [1, null], true)), FALSE);
});

test('constants are folded, with three values', () => {
  assert.equal(fold(1, 1), TRUE);
  assert.equal(fold('30', 30), TRUE);
  assert.equal(fold(5, '30', '<'), TRUE);
  assert.equal(fold('5', '30', '<'), FALSE);
  assert.equal(fold('t', true), TRUE);
  assert.equal(fold(0, new Date(0)), TRUE);
  assert.equal(fold(1, true), FALSE);
  assert.equal(fold(null, null), FALSE);
  assert.equal(shape(normalise(and(constant(true), truth('a'), or(constant(false), truth('b'))))), ['all', 'a', 'b']);
  assert.equal(normalise(and(truth('a'), not(constant(true)))), FALSE);
  assert.equal(normalise(and()), TRUE);
  assert.equal(normalise(or()), FALSE);
});

test('what folding leaves flat is flat', () => {
  const ast = and(truth('a'), or(constant(false), and(truth('b'), truth('a'))));
  assert.equal(shape(normalise(ast)), ['all', 'a', 'b']);
});

test('parameters are bound, and shown in the text', () => {
  const ast = and(compare('age', '<', parameter(0)), like('name', parameter(1, 'pattern')));
  assert.equal(shape(normalise(ast, [30, 'Jo%'])), ['all', 'age < 30', "name LIKE 'Jo%'"]);
  assert.throws(
    () => normalise(ast, [30]),
    (error: unknown) => error instanceof PredicateParametersError && /:pattern has no value/.test(error.message),
  );
  assert.throws(
    () => normalise(ast, [{}, 'x']),
    (error: unknown) => error instanceof PredicateParametersError && /number 1 must be/.test(error.message),
  );
});

test('[any]: true for one element, NOT negates the whole', () => {
  const x = compare('tags[any]', '=', 'x');
  for (const [value, isTrue, isFalse] of [
    [{ tags: ['y', 'x'] }, true, false],
    [{ tags: ['y'] }, false, true],
    [{ tags: [] }, false, true],
    [{ tags: ['y', null] }, false, false],
    [{ tags: 'x' }, false, false],
    [{}, false, false],
  ] as const) {
    assert.equal([selects(x, value), selects(not(x), value)], [isTrue, isFalse], JSON.stringify(value));
    assert.is(selects(isIn('tags[any]', ['x'], true), value), isFalse);
  }
  assert.ok(selects(and(x, compare('tags[any]', '=', 'y')), { tags: ['x', 'y'] }), 'two conditions may be met by two elements');
});

test('two attributes are compared within a family', () => {
  const less = relate(attribute('a'), '<', attribute('b'));
  assert.equal([selects(less, { a: 1, b: 2n }), selects(less, { a: 'a', b: 'b' }), selects(less, { a: '1', b: 2 })], [true, true, false]);
  assert.equal(
    [selects(not(less), { a: 2, b: 2n }), selects(not(less), { a: '1', b: 2 }), selects(not(less), { a: 1 })],
    [true, false, false],
  );
  assert.is(shape(normalise(not(less))), 'a >= b');
});

test('instanceOf', () => {
  const isMap = instanceOf(Map);
  assert.equal([selects(isMap, new Map()), selects(isMap, {}), selects(not(isMap), {})], [true, false, true]);
  assert.ok(selects(instanceOf('string'), 'text'));
});

test('duplicates that need the entry are kept once, what only looks alike twice', () => {
  const same = relate(attribute('a'), '=', attribute('b'));
  assert.equal(shape(normalise(and(same, same))), 'a = b');
  const [text, date] = [compare('d[any]', '=', '2020-01-01T00:00:00.000Z'), compare('d[any]', '=', new Date('2020-01-01'))];
  const either = normalise(and(text, date));
  assert.is(either.kind === 'all' && either.terms.length, 2);
});

test('values of another type are counted as mismatched', () => {
  const { mismatched } = attributeCondition(and(compare('age', '<', 30), compare('age', '>', 3)));
  assert.equal([1, 1n, new Date(0), 'x', true, {}, null, undefined].map(mismatched), [false, false, false, true, true, true, false, false]);
  assert.ok(attributeCondition(like('age', 'x%')).mismatched(5));
  assert.not(attributeCondition(isNull('age', true)).mismatched({}));
});

test('3,000 levels of NOT and parentheses, of AND in OR in AND, are no depth', () => {
  let deep: Predicate = compare('x', '=', 1);
  for (let i = 0; i < 3_000; i++) deep = i % 2 === 0 ? or(deep, compare(`y${i}`, '=', i)) : and(deep, compare(`z${i}`, '=', i));
  for (let i = 0; i < 3_000; i++) deep = not(and(deep));
  const all = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`z${i}`, i]));
  assert.ok(selects(deep, { ...all, x: 1 }));
  assert.not(selects(deep, { ...all, x: 2 }));
  let merging: Predicate = compare('x', '=', 1);
  for (let i = 0; i < 3_000; i++)
    merging = i % 2 === 0 ? or(merging, compare('x', '=', i % 7)) : and(merging, compare('x', '<', 10_000 - i));
  assert.ok(selects(merging, { x: 2 }) && attributeCondition(merging).text.length > 10_000);
});

test('8,000 alternatives on one attribute are one set, on 8,000 attributes a flat OR', () => {
  const one = attributeCondition(or(...Array.from({ length: 8_000 }, (_, i) => compare('x', '=', i * 3))));
  assert.is(one.set.numbers.length, 16_000);
  assert.equal([one.set.has(11_999), one.set.has(12_000)], [false, true]);
  let chain: Predicate = truth('x0');
  for (let i = 1; i < 8_000; i++) chain = or(chain, truth(`x${i}`));
  const many = normalise(chain);
  assert.is(many.kind === 'any' && many.terms.length, 8_000);
  assert.ok(conditionTest(many)(undefined, { x7999: true }));
});

test('BETWEEN and its negation', () => {
  assert.equal([...attributeCondition(between('a', 1, 5)).set.numbers], [1, 5]);
  assert.equal(normalise(between('a', 5, 1)), FALSE);
  assert.is(attributeCondition(not(between('a', 1, 5))).text, 'a NOT BETWEEN 1 AND 5');
});

test.run();
