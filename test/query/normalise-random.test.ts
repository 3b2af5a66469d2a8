/** Random predicates on random entries: normalised, merged and compiled, they select what the reference selects. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import type { Condition } from '../../lib/query/conditions/condition.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { describe } from '../kit/describe.ts';
import { predicateOver, runs, value } from './arbitrary.ts';
import { evaluate } from './reference.ts';

const test = describe('normalise, random');

const PATHS = ['a', 'a', 'b', 'b', 'c.d', 'list[1]', 'list[any]', 'rows[any].x', '__key', 'this'];
const predicate = predicateOver(PATHS);
const list = fc.oneof({ weight: 4, arbitrary: fc.array(value, { maxLength: 4 }) }, value);
const rows = fc.oneof(fc.array(fc.oneof(fc.record({ x: value }), value), { maxLength: 3 }), value);
const entry = fc.record({ a: value, b: value, c: fc.oneof(fc.record({ d: value }), value), list, rows }, { requiredKeys: [] });

test('a condition selects exactly the entries for which the predicate is true', () => {
  let selected = 0;
  fc.assert(
    fc.property(
      predicate,
      value,
      fc.array(fc.oneof({ weight: 9, arbitrary: entry }, value), { minLength: 3, maxLength: 3 }),
      (ast, key, values) => {
        const selects = conditionTest(normalise(ast));
        for (const each of values) {
          const expected = evaluate(ast, [], key, each) === true;
          selected += Number(expected);
          assert.is(selects(key, each), expected);
        }
      },
    ),
    runs(5_000),
  );
  assert.ok(selected > 500, `only ${selected} entries were selected: the test shows little`);
});

test('a condition keeps its promises: flat, no constants within, one term per attribute', () => {
  fc.assert(
    fc.property(predicate, (ast) => inspect(normalise(ast), undefined)),
    runs(2_000),
  );
});

function inspect(condition: Condition, parent: 'all' | 'any' | undefined): void {
  if (condition.kind === 'constant') assert.is(parent, undefined, 'a constant stands alone');
  if (condition.kind === 'attribute') {
    assert.type(condition.text, 'string');
    assert.not(condition.mismatched(null));
  }
  if (condition.kind !== 'all' && condition.kind !== 'any') return;
  assert.is.not(condition.kind, parent);
  assert.ok(condition.terms.length >= 2);
  const attributes = condition.terms.flatMap((term) => (term.kind === 'attribute' ? [term.attribute.text] : []));
  assert.is(new Set(attributes).size, attributes.length);
  for (const term of condition.terms) inspect(term, condition.kind);
}

test.run();
