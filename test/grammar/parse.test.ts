/** The parser: what it takes, what it makes of it, what it refuses, and that nothing overwhelms it. */
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Predicate, Scalar } from '../../grammar/ast.ts';
import { attributeOf } from '../../grammar/attribute-path.ts';
import * as nodes from '../../grammar/nodes.ts';
import { LENGTH_MAX, PROBLEMS_MAX, type ParseResult, parse } from '../../grammar/parse.ts';
import { print } from '../../grammar/print.ts';
import type { Problem } from '../../grammar/problems.ts';
import { createReader } from '../../grammar/reader.ts';
import { DEPTH_MAX } from '../../grammar/tree-builder.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { predicate } from './arbitrary.ts';
import { CASES, type Case } from './cases.ts';

const test = describe('grammar/parse');
const cases: readonly Case[] = CASES;

const active = nodes.truth(attributeOf('active'));
const compare = (path: string, operator: '=' | '!=' | '<' | '>', value: Scalar): Predicate =>
  nodes.comparison(attributeOf(path), operator, nodes.literal(value));
const age = (value: Scalar): Predicate => compare('age', '=', value);

function ast(text: string): Predicate {
  const result = parse(text);
  if (!result.ok) throw new Error(`${text}: ${result.problems[0].message}`);
  return result.predicate;
}

function problem(text: string): Problem {
  const result = parse(text);
  if (result.ok) throw new Error(`${text} was accepted`);
  return result.problems[0];
}

function means(text: string, expected: Predicate): void {
  assert.ok(isDeepStrictEqual(ast(text), expected), `${text}\n${print(ast(text))}\n${print(expected)}`);
}

/** Whatever is wrong with a text, it is wrong somewhere in the text. */
function soundness(text: string, result: ParseResult): void {
  if (result.ok) return;
  assert.ok(result.problems.length > 0 && result.problems.length <= PROBLEMS_MAX);
  for (const { offset, length, line, column, message } of result.problems) {
    assert.ok(offset >= 0 && length >= 0 && offset + length <= text.length, `${JSON.stringify(text)}: ${offset}+${length}`);
    assert.ok(line >= 1 && column >= 1 && message.length > 0);
  }
}

test('chevrotain finds no mistake in the grammar', () => {
  createReader(true);
});

for (const { text, ok, message } of cases) {
  test(`${ok ? 'takes' : 'refuses'} ${JSON.stringify(text)}`, () => {
    const result = parse(text);
    soundness(text, result);
    if (!result.ok) assert.is(result.problems[0].message, message ?? '');
    assert.is(result.ok, ok);
  });
}

test('every case is in the table once', () => {
  assert.is(new Set(cases.map(({ text }) => text)).size, cases.length);
});

// ---- what a text means

test('comparison binds before NOT, NOT before AND, AND before OR', () => {
  means('active OR active AND NOT age = 1', nodes.or([active, nodes.and([active, nodes.not(age(1))])]));
  means('(active OR active) AND NOT (age = 1 OR active)', nodes.and([nodes.or([active, active]), nodes.not(nodes.or([age(1), active]))]));
  means('NOT NOT active', nodes.not(nodes.not(active)));
});

test('AND and OR have as many terms as stand side by side; parentheses keep theirs', () => {
  means('active AND active AND age = 1', nodes.and([active, active, age(1)]));
  means('active AND (active AND age = 1)', nodes.and([active, nodes.and([active, age(1)])]));
  means('((((active)) OR active) OR age = 1)', nodes.or([nodes.or([active, active]), age(1)]));
});

test('the AND of BETWEEN is none that joins', () => {
  const between = nodes.between(attributeOf('age'), nodes.literal(1), nodes.literal(2));
  means('age BETWEEN 1 AND 2 AND active', nodes.and([between, active]));
  means('age BETWEEN (1, 2) AND active', nodes.and([between, active]));
});

test('a value may stand on the left, and stays there', () => {
  means('30 > age', nodes.comparison(nodes.literal(30), '>', attributeOf('age')));
  means('TRUE = active', nodes.comparison(nodes.literal(true), '=', attributeOf('active')));
  means('TRUE OR false', nodes.or([nodes.constant(true), nodes.constant(false)]));
});

test('numbers are exact, and bigints where a number can not be', () => {
  const values: readonly (readonly [string, Scalar])[] = [
    ...Object.entries({ '30': 30, '+30': 30, '-30': -30, '007': 7, '1.5': 1.5, '.5': 0.5, '5.': 5, '-.5e-1': -0.05, '1E3': 1000 }),
    ...Object.entries({ '0': 0, '-0': -0, '0e5': 0, '1e308': 1e308, '5e-324': 5e-324, '1e21': 1e21 }),
    ['9007199254740991', 2 ** 53 - 1],
    ['9007199254740992', 2n ** 53n],
    ['-9007199254740993', -(2n ** 53n) - 1n],
    ['+9007199254740993', 2n ** 53n + 1n],
    ['9007199254740993.0', 2 ** 53],
    [`1${'0'.repeat(400)}`, 10n ** 400n],
  ];
  for (const [text, value] of values) means(`age = ${text}`, age(value));
});

test('quotes double inside quotes; a backslash is one', () => {
  const values: [string, string][] = [
    [`'it''s'`, `it's`],
    [`"it's"`, `it's`],
    [`"say ""so"""`, 'say "so"'],
    [`''''`, `'`],
    [`'\\'`, '\\'],
    [`'a\\'' b'`, `a\\' b`],
    [`'\\n'`, '\\n'],
  ];
  for (const [text, value] of values) means(`name = ${text}`, compare('name', '=', value));
});

test('what SQL text can not say of itself has a type in front', () => {
  const values: [string, Scalar][] = [
    [`BIGINT '5'`, 5n],
    [`bigint'-5'`, -5n],
    [`NUMERIC 'NaN'`, NaN],
    [`NUMERIC '-infinity'`, -Infinity],
    [`NUMERIC '1.5'`, 1.5],
    [`TIMESTAMP '2020-01-01'`, new Date('2020-01-01T00:00:00Z')],
    [`TIMESTAMP '2020-01-01T10:30:00.250Z'`, new Date('2020-01-01T10:30:00.250Z')],
  ];
  for (const [text, value] of values) means(`age = ${text}`, age(value));
  for (const text of [
    `NUMERIC ''`,
    `NUMERIC '0x1'`,
    `NUMERIC '1e400'`,
    `BIGINT '1.0'`,
    `BIGINT ''`,
    `TIMESTAMP '2020-13-01'`,
    `TIMESTAMP '2020'`,
  ]) {
    assert.match(problem(`age = ${text}`).message, / is no (?:number|whole number|time)$/);
  }
});

test('LIKE has its escape character, a backslash unless another is named', () => {
  const like = (options: nodes.LikeOptions): Predicate => nodes.like(attributeOf('name'), nodes.literal('a%'), options);
  means("name LIKE 'a%'", like({ escape: '\\' }));
  means("name NOT ILIKE 'a%' ESCAPE '!'", like({ escape: '!', insensitive: true, negated: true }));
  means("name LIKE 'a%' ESCAPE ''", like({ escape: '' }));
  means("name LIKE 'a%' ESCAPE '😀'", like({ escape: '😀' }));
});

test('parameters count in order of appearance; a name is one however often it stands', () => {
  const parametersOf = (text: string): unknown => {
    const result = parse(text);
    return result.ok && result.parameters;
  };
  assert.equal(parametersOf('active'), { count: 0, names: [] });
  assert.equal(parametersOf('? < age AND name LIKE ? OR age IN (?, 1, ?)'), { count: 4, names: [] });
  assert.equal(parametersOf('age < :b AND salary < :a AND name = :b'), { count: 2, names: ['b', 'a'] });
  means(
    'age = :b AND age = :a AND age = :b',
    nodes.and(
      [nodes.parameter(0, 'b'), nodes.parameter(1, 'a'), nodes.parameter(0, 'b')].map((one) =>
        nodes.comparison(attributeOf('age'), '=', one),
      ),
    ),
  );
});

test('everything that comes out is frozen', () => {
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Date) return;
    assert.ok(Object.isFrozen(value), String(Object.keys(value)));
    Object.values(value).forEach(check);
  };
  for (const { text } of cases) check(parse(text));
});

// ---- what is wrong

test('what was expected is told in words for people', () => {
  const expected: [string, string[]][] = [
    ['active AND', ['a condition']],
    ['age', []],
    ['age name', ['a comparison', 'AND', 'OR']],
    ['(age name', ['a comparison', "')'", 'AND', 'OR']],
    ['age =', ['a value', 'an attribute']],
    ['age IN (1', ["','", "')'"]],
    ['age IS', ['NOT', 'NULL', 'TRUE', 'FALSE', 'DISTINCT']],
    ["name LIKE 'a' b", ['AND', 'OR', 'ESCAPE']],
  ];
  for (const [text, words] of expected) {
    const result = parse(text);
    assert.equal((result.ok ? [] : result.problems[0].expected).toSorted(), words.toSorted(), text);
  }
});

test('problems have their place', () => {
  const places: [string, number, number][] = [
    ['age BETWEN 1 AND 2', 4, 6],
    ['nto active', 0, 3],
    ['active AND  ', 10, 0],
    ['(active', 0, 1],
    ['active AND ((active)', 11, 1],
    ['active))', 6, 1],
    ["name = 'Joe", 7, 1],
    ['age = ? OR name = :n', 18, 2],
    ['age = NULL', 4, 1],
    ['', 0, 0],
    ["name = '\ud83d'", 8, 1],
  ];
  for (const [text, offset, length] of places) {
    const found = problem(text);
    assert.equal([found.offset, found.length], [offset, length], text);
  }
});

test('all that is wrong with a readable text is told, up to a limit', () => {
  const result = parse("age = NULL AND name LIKE 'x' ESCAPE 'xy' AND (tags[4294967295] = 1e999");
  assert.equal(result.ok ? [] : result.problems.map(({ offset }) => offset), [4, 36, 46, 65, 45]);
  const many = parse(Array.from({ length: 5000 }, () => 'age = NULL').join(' OR '));
  assert.is(many.ok ? 0 : many.problems.length, PROBLEMS_MAX);
});

test('a text that fails leaves nothing behind', () => {
  for (const text of ['((active', 'NOT NOT', 'age = ? AND', 'age IN (1,', 'name NOT']) {
    problem(text);
    means('active', active);
    assert.equal(parse('age = :a'), { ok: true, predicate: ast('age = :a'), parameters: { count: 1, names: ['a'] } });
  }
});

// ---- sizes

test('3,000 parentheses, 3,000 NOTs, 8,000 ORs, 50,000 INs', () => {
  means(`${'('.repeat(3000)}active${')'.repeat(3000)}`, active);
  let node = ast(`${'NOT '.repeat(3000)}active`);
  for (let depth = 0; depth < 3000; depth++) {
    if (node.kind !== 'not') throw new Error(`only ${depth} deep`);
    node = node.term;
  }
  assert.is(node.kind, 'truth');
  const or = ast(Array.from({ length: 8000 }, (_, n) => `age = ${n}`).join(' OR '));
  assert.is(or.kind === 'or' && or.terms.length, 8000);
  const list = ast(`age IN (${Array.from({ length: 50_000 }, (_, n) => n).join(', ')})`);
  assert.is(list.kind === 'in' && list.values.length, 50_000);
});

test('depth ends at its limit, with a problem', () => {
  const nested = (depth: number): string => `${'(NOT '.repeat(depth / 2)}active${')'.repeat(depth / 2)}`;
  assert.ok(parse(nested(DEPTH_MAX)).ok);
  const deeper = problem(nested(DEPTH_MAX + 2));
  assert.is(deeper.message, `more than ${DEPTH_MAX} parentheses and NOTs are open here`);
  assert.is(deeper.offset, (DEPTH_MAX / 2) * 5);
});

test('length ends at its limit, with a problem', () => {
  assert.ok(parse(`active${' '.repeat(LENGTH_MAX - 6)}`).ok);
  assert.match(problem(`active${' '.repeat(LENGTH_MAX - 5)}`).message, /longer than/);
});

test('nothing that is long makes the parser stumble', () => {
  const n = 200_000;
  for (const text of [
    '('.repeat(n),
    `active${')'.repeat(n)}`,
    `age IN (${'1, '.repeat(n)}`,
    `age IN (${"1, 'a', ?, NULL, ".repeat(n / 4)} x`,
    `name = '${"''".repeat(n)}`,
    `\`${'``'.repeat(n)}`,
    `age = ${'9'.repeat(n)}`,
    `age = ${'9'.repeat(n)}x`,
    `a${'.a'.repeat(n)}[`,
    `numeric${' '.repeat(n)}numeric`,
    '#'.repeat(n),
    '\n'.repeat(n),
  ]) {
    soundness(text, parse(text));
  }
});

// ---- anything at all

const pieces = [
  ...cases.flatMap(({ text }) => text.split(/(?<=\W)|(?=\W)/)),
  ' ',
  '(',
  ')',
  "'",
  '"',
  '`',
  '\ud800',
  '0',
  '.',
  '-',
  ':',
  '?',
];
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((some) => some.join('')),
);

/** A valid text with a piece taken out, put in, or exchanged. */
const mutated = fc
  .tuple(predicate().map(print), fc.nat(), fc.nat({ max: 3 }), fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })))
  .map(([text, at, length, piece]) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + piece + text.slice(from + length);
  });

test('no text throws, and every problem is in the text', () => {
  fc.assert(
    fc.property(fc.oneof(anything, mutated), (text) => {
      const result = parse(text);
      soundness(text, result);
      if (result.ok) assert.ok(isDeepStrictEqual(ast(print(result.predicate)), result.predicate));
    }),
    { seed: SEED, numRuns: 4000 * EFFORT },
  );
});

test('every character but white space is part of a word', () => {
  const reader = createReader();
  fc.assert(
    fc.property(anything, (text) => {
      let end = 0;
      for (const { startOffset, image } of reader.read(text).words) {
        assert.match(text.slice(end, startOffset), /^\s*$/);
        assert.is(text.slice(startOffset, startOffset + image.length), image);
        end = startOffset + image.length;
      }
      assert.match(text.slice(end), /^\s*$/);
    }),
    { seed: SEED, numRuns: 2000 * EFFORT },
  );
});

test('works when it is loaded by require', () => {
  const required: { parse(text: string): ParseResult } = createRequire(import.meta.url)('../../grammar/parse.ts');
  assert.ok(required.parse('active AND age < 30').ok);
});

test.run();
