/** LIKE and ILIKE: one table of cases, the reference matcher, and texts made to hurt. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compileLike, lowerCase } from '../../lib/query/sets/like.ts';
import { describe } from '../kit/describe.ts';
import { runs } from './arbitrary.ts';
import { like } from './nodes.ts';
import { evaluate } from './reference.ts';

const test = describe('like');

/** Pattern, texts that match, texts that don't. */
const CASES: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
  ['Joe', ['Joe'], ['joe', 'Joe ', 'Jo', '']],
  ['', [''], ['a', ' ']],
  ['%', ['', 'a', 'a\nb', '😀'], []],
  ['_', ['a', '\n', '😀', '\ud83d'], ['', 'ab', '😀😀']],
  ['%_%', ['a', '😀'], ['']],
  ['Jo%', ['Jo', 'Joe', 'Jo\n'], ['J', 'jo', 'xJo']],
  ['%son', ['son', 'Johnson'], ['Johnsons', 'on']],
  ['%oh%', ['oh', 'John', 'Bohoh'], ['Joe']],
  ['J%n', ['Jn', 'John', 'J\nn'], ['J', 'n', 'Johns', 'xJn']],
  ['a%a', ['aa', 'aba'], ['a']],
  ['J_hn', ['John', 'J😀hn', 'J%hn'], ['Jhn', 'Joohn']],
  ['%a%b%c%', ['abc', 'xaxbxcx'], ['acb', 'ab']],
  ['%ab%ab%', ['abab', 'ab-ab'], ['aab', 'ab']],
  ['_%_', ['ab', '😀😀', 'abc'], ['a', '😀']],
  ['%ab_', ['abc', 'ababx', 'aab😀'], ['ab', 'abcd']],
  ['100\\%', ['100%'], ['1000', '100\\']],
  ['a\\_b', ['a_b'], ['axb', 'a\\_b']],
  ['a\\\\b', ['a\\b'], ['a\\\\b', 'ab']],
  ['\\a', ['a'], ['\\a']],
  ['abc\\', ['abc\\'], ['abc', 'abc\\\\']],
  ['50%\\%', ['50%', '5099%'], ['50', '50%x']],
  ['[a]*(b)', ['[a]*(b)'], ['ab', 'aab']],
  ['\ud83d%', ['\ud83d', '\ud83dx'], ['😀', '😀x']],
  ['%\ude00', ['\ude00', 'x\ude00'], ['😀']],
  ['%\ude00%', ['\ude00x', '😀\ude00'], ['😀', 'x😀x']],
];

function shapeOf(pattern: string, insensitive = false): string[] {
  const { shape, prefix } = compileLike(pattern, '\\', insensitive);
  return [shape, prefix];
}

function matchesInsensitively(pattern: string, text: string): boolean {
  return compileLike(pattern, '\\', true).test(text);
}

test('cases', () => {
  for (const [pattern, matching, others] of CASES) {
    const { test: matches } = compileLike(pattern, '\\', false);
    for (const text of matching) assert.ok(matches(text), `${pattern} matches ${JSON.stringify(text)}`);
    for (const text of others) assert.not(matches(text), `${pattern} does not match ${JSON.stringify(text)}`);
  }
});

test('another escape, an escape beyond the BMP, and none', () => {
  assert.ok(compileLike('50!%', '!', false).test('50%'));
  assert.not(compileLike('50!%', '!', false).test('500'));
  assert.ok(compileLike('a\\b', '!', false).test('a\\b'));
  assert.ok(compileLike('50😀%', '😀', false).test('50%'));
  assert.ok(compileLike('\\%', '', false).test('\\anything'));
  assert.ok(compileLike('x%', 'x', true).test('%'), 'the escape is found before cases are levelled');
  assert.ok(compileLike('xX%', 'X', true).test('x%'));
});

test('shape and prefix say what an index may rely on', () => {
  assert.equal(shapeOf('Joe'), ['equal', 'Joe']);
  assert.equal(shapeOf('Jo%%'), ['prefix', 'Jo']);
  assert.equal(shapeOf('Jo\\%%'), ['prefix', 'Jo%']);
  assert.equal(shapeOf('%'), ['prefix', '']);
  assert.equal(shapeOf('Jo%n'), ['other', 'Jo']);
  assert.equal(shapeOf('J_s%'), ['other', 'J']);
  assert.equal(shapeOf('_x'), ['other', '']);
  assert.equal(shapeOf('Joe', true), ['other', '']);
});

test('agrees with the reference on random patterns and texts', () => {
  const letters = fc
    .array(fc.constantFrom('a', 'a', 'b', 'A', '%', '_', '\\', '\n', '😀', 'İ', 'Σ', 'ς', 'σ'), { maxLength: 12 })
    .map((all) => all.join(''));
  const pattern = fc
    .array(fc.constantFrom('%', '%', '_', 'a', 'a', 'b', '\\', '😀', 'i', 'Σ'), { maxLength: 9 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(pattern, letters, fc.boolean(), (source, text, insensitive) => {
      const expected = evaluate(like('a', source, { insensitive }), [], undefined, { a: text });
      assert.is(compileLike(source, '\\', insensitive).test(text), expected);
    }),
    runs(20_000),
  );
});

test('ILIKE lowers each code point by itself', () => {
  assert.ok(
    matchesInsensitively('joe%', 'JOEY') && matchesInsensitively('ÅNGSTRÖM', 'ångström') && matchesInsensitively('\u{10400}', '\u{10428}'),
  );
  assert.ok(matchesInsensitively('οδοσ', 'ΟΔΟΣ') && !matchesInsensitively('οδος', 'ΟΔΟΣ'), 'no final sigma');
  assert.ok(matchesInsensitively('_', 'İ') && matchesInsensitively('i', 'İ'));
  assert.not(matchesInsensitively('strasse', 'straße'));
});

test('lowering a text is lowering its code points one by one', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code === 0xd800) code = 0xe000;
    const character = String.fromCodePoint(code);
    const lower = character === 'İ' ? 'i' : character.toLowerCase();
    if (lower !== character) assert.is(lowerCase(`a${character}`), `a${lower}`);
  }
});

test('time is linear: what makes backtracking matchers run for hours ends at once', () => {
  const many = 'a'.repeat(200_000);
  for (const pattern of [
    '%a%a%a%a%a%a%a%a%b',
    '%_%_%_%_%_%_%_%b',
    '%a_a_a_a_a_b%',
    `${'%a'.repeat(1_000)}%b`,
    `${'%'.repeat(50_000)}b`,
    `%${'_'.repeat(1_000)}b`,
  ]) {
    assert.not(compileLike(pattern, '\\', false).test(many), pattern.slice(0, 20));
  }
  assert.ok(compileLike('%a'.repeat(10_000), '\\', false).test(many));
});

test.run();
