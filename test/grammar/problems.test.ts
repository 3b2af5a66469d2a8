/** Where a problem is, and how it is shown. */
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { type Problem, describeProblem, either, problemAt, shorten } from '../../grammar/problems.ts';
import { describe } from '../kit/describe.ts';

const test = describe('grammar/problems');

function shown(text: string): string[] {
  const result = parse(text);
  if (result.ok) throw new Error(`${text} was accepted`);
  return describeProblem(text, result.problems[0]).split('\n');
}

function at(text: string, offset: number, length: number = 1): Problem {
  return problemAt(text, { offset, length, message: 'wrong' });
}

test('shows the line, with carets below what is wrong', () => {
  assert.equal(shown('age BETWEN 1 AND 2'), [
    "unexpected 'BETWEN': did you mean BETWEEN? (line 1, column 5)",
    '  age BETWEN 1 AND 2',
    '      ^^^^^^',
  ]);
  assert.equal(shown('age between 1 or 2'), ["expected AND before 'or' (line 1, column 15)", '  age between 1 or 2', '                ^^']);
});

test('shows one caret where something is missing', () => {
  assert.equal(shown('active AND'), ['expected a condition at the end (line 1, column 11)', '  active AND', '            ^']);
  assert.equal(shown(''), ['the predicate is empty (line 1, column 1)', '  ', '  ^']);
});

test('shows the line that is concerned, whatever ends lines', () => {
  for (const lineBreak of ['\n', '\r\n', '\r', '\u2028']) {
    assert.equal(shown(['active', '  AND age => 3', 'OR active'].join(lineBreak)), [
      "unexpected '=>': did you mean >=? (line 2, column 11)",
      '    AND age => 3',
      '            ^^',
    ]);
  }
});

test('counts lines and columns from 1, an emoji as one', () => {
  const { line, column } = at('a\nb\n😀😀x', 8);
  assert.equal([line, column], [3, 3]);
  assert.equal([at('a\r\nb', 1).line, at('a\r\nb', 2).line, at('a\r\nb', 3).line], [1, 1, 2]);
  assert.equal([at('a\n', 2).line, at('a\n', 2).column], [2, 1]);
});

test('carets stand below, also after an emoji, a tab or what can not be shown', () => {
  assert.equal(shown("name = '😀'\t=> 3").slice(1), ["  name = '😀' => 3", '             ^^']);
  assert.equal(describeProblem('\ud83d\0x', at('\ud83d\0x', 2)).split('\n').slice(1), ['  \ufffd x', '    ^']);
});

test('shows a long line in part', () => {
  const text = `${'a '.repeat(500)}=> ${'b '.repeat(500)}`;
  const [, line, carets] = describeProblem(text, at(text, 1000, 2)).split('\n');
  assert.ok(line!.length < 130 && line!.startsWith('  …a ') && line!.endsWith('b…'), line);
  assert.is(line!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1), '=>');
});

test('what is wrong over several lines is marked on its first', () => {
  assert.equal(describeProblem('a\nb', at('a\nb', 0, 3)), 'wrong (line 1, column 1)\n  a\n  ^');
});

test('lists are written as people do', () => {
  assert.equal([either([]), either(['a']), either(['a', 'b']), either(['a', 'b', 'c'])], ['', 'a', 'a or b', 'a, b or c']);
});

test('excerpts are short and in one line', () => {
  assert.is(shorten('a\nb\0'), 'a b ');
  assert.is(shorten('x'.repeat(30)), `${'x'.repeat(24)}…`);
});

test.run();
