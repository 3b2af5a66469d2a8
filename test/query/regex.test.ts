/** REGEX: whole texts, RE2 syntax, linear time, clear errors. */
import * as assert from 'uvu/assert';
import { PredicateSyntaxError } from '../../lib/errors.ts';
import { conditionTest } from '../../lib/query/conditions/condition-test.ts';
import { normalise } from '../../lib/query/conditions/normalise.ts';
import { compileRegex } from '../../lib/query/sets/regex.ts';
import { describe } from '../kit/describe.ts';
import { not, regex } from './nodes.ts';

const test = describe('regex');

/** Whether `a REGEX '[0-9]+'` selects the value, and whether its negation does. */
function answers(a: unknown): boolean[] {
  const digits = regex('a', '[0-9]+');
  return [digits, not(digits)].map((ast) => conditionTest(normalise(ast))(undefined, { a }));
}

test('the whole text must match', () => {
  const matches = compileRegex('J(o|i).*');
  assert.equal(['Joe', 'Jim', 'J', 'xJoe', 'Joe\n'].map(matches), [true, true, false, false, false]);
  assert.ok(compileRegex('a|ab').call(undefined, 'ab'), 'also where a shorter alternative matches first');
  assert.ok(compileRegex('(?s).*')('a\nb') && compileRegex('(?i)joe')('JOE') && compileRegex('.')('😀'));
});

test('only texts can match or fail to', () => {
  assert.equal(['12', 'x', 12, null].map(answers), [
    [true, false],
    [false, true],
    [false, false],
    [false, false],
  ]);
});

test('a pattern that RE2 does not know is a syntax error that says why', () => {
  for (const [pattern, reason] of [
    ['a(', /missing closing \)/],
    ['(?=a)', /invalid or unsupported Perl syntax/],
    ['(a)\\1', /invalid escape sequence/],
    ['a{2000}', /invalid repeat count/],
  ] as const) {
    assert.throws(
      () => compileRegex(pattern),
      (error: unknown) => error instanceof PredicateSyntaxError && reason.test(error.message) && error.message.includes(`'${pattern}'`),
    );
  }
});

test('a pattern is compiled once, while it is remembered', () => {
  const first = compileRegex('remember me');
  assert.is(compileRegex('remember me'), first);
  for (let i = 0; i < 300; i++) compileRegex(`forget ${i}`);
  assert.is.not(compileRegex('remember me'), first);
});

test('time is linear', () => {
  const many = 'a'.repeat(50_000);
  for (const pattern of ['(a+)+b', '(a|a)*b', '(.*)*b', '(a*)*b', 'a?'.repeat(30) + 'a'.repeat(30)])
    assert.not(compileRegex(pattern)(many), pattern);
});

test.run();
