/** Canonical SQL: one text for one tree, and back. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Predicate } from '../../grammar/ast.ts';
import { attributeOf } from '../../grammar/attribute-path.ts';
import * as nodes from '../../grammar/nodes.ts';
import { parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/print.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { predicate } from './arbitrary.ts';
import { CASES, type Case } from './cases.ts';

const test = describe('grammar/print');
const cases: readonly Case[] = CASES;

function ast(text: string): Predicate {
  const result = parse(text);
  if (!result.ok) throw new Error(`${text}: ${result.problems[0].message}`);
  return result.predicate;
}

/** What is written, and its canonical text. */
const CANONICAL: Readonly<Record<string, string>> = {
  'active and   age<30': 'active AND age < 30',
  'active=false or age==45 or name="Joe"': "active = FALSE OR age = 45 OR name = 'Joe'",
  '((active)) AND (age > 1)': 'active AND age > 1',
  "active OR (age > 1 AND name = 'x')": "active OR age > 1 AND name = 'x'",
  'active AND (age > 1 OR active)': 'active AND (age > 1 OR active)',
  'active AND (age > 1 AND active)': 'active AND (age > 1 AND active)',
  'not(not(active))': 'NOT NOT active',
  'not(active or age<>1)': 'NOT (active OR age != 1)',
  '(not active) and not (age between (1,2))': 'NOT active AND NOT age BETWEEN 1 AND 2',
  '30>age': '30 > age',
  'age not in(1,2 ,null)': 'age NOT IN (1, 2, NULL)',
  "name like 'it''s' escape '!'": "name LIKE 'it''s' ESCAPE '!'",
  'name not ilike "a" escape \'\\\'': "name NOT ILIKE 'a'",
  'name regex ? and age is not distinct from ?': 'name REGEX ? AND age IS NOT DISTINCT FROM ?',
  'age = :b AND age < :a AND age != :b': 'age = :b AND age < :a AND age != :b',
  'active is not true or manager is null': 'active IS NOT TRUE OR manager IS NULL',
  'true and not false': 'TRUE AND NOT FALSE',
  '`age` = 007.50': 'age = 7.5',
  '`odd name`.`in`.`x`[007].`1`[ANY] = +1': '`odd name`.`in`.x[7].`1`[any] = 1',
  'order.in = 1 AND `this` = 2 AND this.age = 3 AND `__key`.a = 4': 'order.`in` = 1 AND `this` = 2 AND age = 3 AND `__key`.a = 4',
  'this = 1 AND this[0] = 2 AND __key[any].a = 3': 'this = 1 AND this[0] = 2 AND __key[any].a = 3',
  'age = 9007199254740993 AND age = -1E+3': 'age = 9007199254740993 AND age = -1000',
  "age = bigint '+5' AND age = numeric 'nan' AND age = -0": "age = BIGINT '5' AND age = NUMERIC 'NaN' AND age = -0",
  "hired < timestamp '2020-01-01'": "hired < TIMESTAMP '2020-01-01T00:00:00.000Z'",
};

test('has one spelling for all', () => {
  for (const [text, canonical] of Object.entries(CANONICAL)) assert.is(print(ast(text)), canonical);
});

test('is its own canonical text', () => {
  for (const { text, ok } of cases) {
    if (!ok) continue;
    const printed = print(ast(text));
    assert.is(print(ast(printed)), printed);
    assert.ok(isDeepStrictEqual(ast(printed), ast(text)), text);
  }
});

test('any tree comes back from its text', () => {
  fc.assert(
    fc.property(predicate(), (tree) => {
      const text = print(tree);
      const result = parse(text);
      assert.ok(result.ok, text);
      assert.ok(isDeepStrictEqual(result.ok && result.predicate, tree), text);
    }),
    { seed: SEED, numRuns: 3000 * EFFORT },
  );
});

test('what has no text is printed for people', () => {
  assert.is(print(nodes.instanceOf(Date)), 'INSTANCE OF Date');
  assert.is(print(nodes.not(nodes.instanceOf('string'))), 'NOT INSTANCE OF string');
  assert.is(print(nodes.comparison(attributeOf('a'), '=', nodes.literal(null))), 'a = NULL');
  assert.is(print(nodes.comparison(attributeOf('a'), '=', nodes.literal(new Date(NaN)))), "a = TIMESTAMP 'invalid'");
  const swapped = [nodes.parameter(1), nodes.parameter(0)].map((one) => nodes.comparison(attributeOf('a'), '=', one));
  assert.is(print(nodes.or(swapped)), 'a = ?2 OR a = ?1');
});

test('groups of no term or one, which only foreign trees have, are what they mean', () => {
  const one = Object.freeze({ kind: 'or', terms: [nodes.constant(true)] } as const);
  assert.is(print({ kind: 'and', terms: [] }), 'TRUE');
  assert.is(print({ kind: 'or', terms: [] }), 'FALSE');
  assert.is(print({ kind: 'and', terms: [one] }), 'TRUE');
});

test('depth is no matter', () => {
  let narrow: Predicate = nodes.truth(attributeOf('active'));
  for (let depth = 0; depth < 20_000; depth++) narrow = nodes.not(nodes.and([narrow, nodes.constant(true)]));
  const text = print(narrow);
  assert.is(print(ast(text)), text);
});

test.run();
