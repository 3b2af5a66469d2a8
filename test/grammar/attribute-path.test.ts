/** Attribute paths: what they mean, and how they are spelt. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { PathStep } from '../../grammar/ast.ts';
import { createAttribute, parseAttribute } from '../../grammar/attribute-path.ts';
import { parse } from '../../grammar/parse.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { attribute } from './arbitrary.ts';

const test = describe('grammar/attribute-path');

/** Steps in short: a name, an index, or `any`. */
type Short = string | number | typeof ANY;
const ANY = Symbol('any');

const stepOf = (short: Short): PathStep =>
  short === ANY ? { kind: 'any' } : typeof short === 'number' ? { kind: 'element', index: short } : { kind: 'name', name: short };

const PATHS: readonly (readonly [path: string, root: 'value' | 'key', steps: readonly Short[], text?: string])[] = [
  ['age', 'value', ['age']],
  ['address.city', 'value', ['address', 'city']],
  ['limbs[0].name', 'value', ['limbs', 0, 'name']],
  ['limbs[007].name', 'value', ['limbs', 7, 'name'], 'limbs[7].name'],
  ['tags[any]', 'value', ['tags', ANY]],
  ['tags[ANY][Any]', 'value', ['tags', ANY, ANY], 'tags[any][any]'],
  ['list[4294967294]', 'value', ['list', 4_294_967_294]],
  ['this', 'value', []],
  ['this.age', 'value', ['age'], 'age'],
  ['this[0]', 'value', [0]],
  ['this.this', 'value', ['this'], '`this`'],
  ['This', 'value', ['This']],
  ['__key', 'key', []],
  ['__key.site[any].x', 'key', ['site', ANY, 'x']],
  ['`__key`.a', 'value', ['__key', 'a']],
  ['a.__key.this', 'value', ['a', '__key', 'this']],
  ['`age`', 'value', ['age'], 'age'],
  ['`odd name`.`a.b`', 'value', ['odd name', 'a.b']],
  ['`say ``so```', 'value', ['say `so`']],
  ['``', 'value', ['']],
  ['`in`.like', 'value', ['in', 'like'], '`in`.`like`'],
  ['größe.名前.$x_1', 'value', ['größe', '名前', '$x_1']],
  ['__proto__.constructor', 'value', ['__proto__', 'constructor']],
];

for (const [path, root, steps, text = path] of PATHS) {
  test(path, () => {
    const result = parseAttribute(path);
    assert.ok(result.ok);
    assert.equal(result.ok && result.attribute, { kind: 'attribute', root, steps: steps.map(stepOf), text });
    assert.ok(result.ok && Object.isFrozen(result.attribute) && Object.isFrozen(result.attribute.steps));
  });
}

const WRONG: readonly (readonly [path: string, offset: number, message: string])[] = [
  ['', 0, 'the attribute path is empty'],
  [' age', 0, 'an attribute path begins with a name'],
  ['1st', 0, 'an attribute path begins with a name'],
  ['`odd', 0, 'an attribute path begins with a name'],
  ['[0]', 0, 'an attribute path begins with a name'],
  ['a\ud800', 0, 'an attribute path begins with a name'],
  ['age ', 3, 'the attribute path should end here'],
  ['a.', 1, 'the attribute path should end here'],
  ['a..b', 1, 'the attribute path should end here'],
  ['a.1', 1, 'the attribute path should end here'],
  ['a[-1]', 1, 'the attribute path should end here'],
  ['a[b]', 1, 'the attribute path should end here'],
  ['a[0', 1, 'the attribute path should end here'],
  ['a b', 1, 'the attribute path should end here'],
  ['like', 0, "'like' is a word of the language: as a name it needs backticks"],
  ['a[4294967295]', 0, 'a list has no element 4294967295'],
];

for (const [path, offset, message] of WRONG) {
  test(`refuses ${JSON.stringify(path)}`, () => {
    const result = parseAttribute(path);
    assert.not(result.ok);
    assert.equal(!result.ok && [result.problem.offset, result.problem.message], [offset, message]);
  });
}

test('any attribute comes back from its text, alone and in a predicate', () => {
  fc.assert(
    fc.property(attribute, (given) => {
      assert.equal(parseAttribute(given.text), { ok: true, attribute: given });
      const within = parse(given.text);
      assert.ok(within.ok && isDeepStrictEqual(within.predicate, { kind: 'truth', attribute: given }), given.text);
    }),
    { seed: SEED, numRuns: 2000 * EFFORT },
  );
});

test('any text is a path or has a problem that is in it', () => {
  const pieces = fc.constantFrom('a', '.', '[', ']', '0', 'any', '`', ' ', 'this', '__key', 'in', 'ü', '\ud800');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((some) => some.join('')),
      ),
      (path) => {
        const result = parseAttribute(path);
        if (result.ok) {
          const { root, steps } = result.attribute;
          assert.equal(createAttribute(root, steps), result.attribute);
          assert.ok(parse(path).ok);
        } else assert.ok(result.problem.offset + result.problem.length <= path.length);
      },
    ),
    { seed: SEED, numRuns: 2000 * EFFORT },
  );
});

test.run();
