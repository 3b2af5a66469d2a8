/** Conditions come back from their wire form with the meaning they had, and quickly when they came before. */
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { toPredicate } from '../../lib/query/predicates/where.ts';
import { conditionFromWire, conditionToWire } from '../../lib/query/predicates/wire.ts';
import { ConfigError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { predicateOver, runs, value } from './arbitrary.ts';
import { and, attribute, compare, instanceOf, isIn, not, or, parameter, regex, relate } from './nodes.ts';

const test = describe('conditions on the wire');

test('any condition means the same on the other side', () => {
  const entry = fc.record({ a: value, b: value, list: fc.oneof(value, fc.array(value, { maxLength: 3 })) });
  const predicate = predicateOver(['a', 'b', 'list', 'list[any]', '__key', 'this']);
  fc.assert(
    fc.property(predicate, fc.array(entry, { minLength: 1, maxLength: 8 }), value, (ast, entries, key) => {
      const condition = normalise(ast);
      const wire = conditionToWire(condition);
      const there = conditionFromWire(structuredClone(wire));
      const [here, arrived] = [conditionTest(condition), conditionTest(there)];
      for (const given of entries) assert.is(arrived(key, given), here(key, given), wire);
    }),
    runs(1000),
  );
});

test('parameters travel with it, with their types', () => {
  const { ast, parameters } = toPredicate('a = ? AND NOT b IN (?, 3) OR a < ? OR c = ?', [5n, 'x', new Date(7), NaN]);
  const condition = normalise(ast, parameters);
  const there = conditionTest(conditionFromWire(conditionToWire(condition)));
  const here = conditionTest(condition);
  for (const a of [5, 5n, '5', new Date(6), new Date(8), 8, undefined]) {
    for (const b of ['x', 3, 'y', null]) for (const c of [NaN, 1]) assert.is(there(1, { a, b, c }), here(1, { a, b, c }));
  }
});

test('two attributes, patterns and classes', () => {
  const condition = normalise(and(relate(attribute('a'), '<', attribute('b')), not(regex('c', 'J.*')), not(instanceOf(Date))));
  const there = conditionTest(conditionFromWire(conditionToWire(condition)));
  assert.ok(there(1, { a: 1, b: 2, c: 'x' }));
  assert.not(there(1, { a: 1, b: 2, c: 'Jo' }));
  assert.not(there(1, { a: 2, b: 2, c: 'x' }));
});

test('a class that others do not know is refused here', () => {
  class Unknown {
    readonly n = 1;
  }
  assert.throws(
    () => conditionToWire(normalise(instanceOf(Unknown))),
    (error: unknown) => error instanceof ConfigError && error.message.includes('registerClass'),
  );
});

test('the same text is the same condition, and thousands of levels are no problem', () => {
  const wire = conditionToWire(normalise(compare('a', '=', parameter(0)), [1]));
  assert.is(conditionFromWire(wire), conditionFromWire(structuredClone(wire)));
  let deep = compare('a', '=', 0) as ReturnType<typeof and>;
  for (let level = 1; level < 3000; level++) {
    deep = level % 2 === 0 ? and(deep, compare(`p${level}`, '=', 1)) : or(deep, compare('a', '=', level), compare(`q${level}`, '=', 1));
  }
  const there = conditionTest(conditionFromWire(conditionToWire(normalise(deep))));
  assert.ok(there(1, { a: 2999 }));
  assert.not(there(1, { a: 1 }));
});

test('what is long is not remembered', () => {
  const wire = conditionToWire(
    normalise(
      isIn(
        'a',
        Array.from({ length: 5000 }, (_, i) => i),
      ),
    ),
  );
  assert.is.not(conditionFromWire(wire), conditionFromWire(wire));
});

test.run();
