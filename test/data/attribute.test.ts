/** Attribute paths: what they lead to, and what they never do. */
import * as assert from 'uvu/assert';
import type { Attribute, PathStep } from '../../grammar/ast.ts';
import { attributeReader, elementsReader, hasAny } from '../../lib/data/attribute.ts';
import { describe } from '../kit/describe.ts';

const test = describe('attribute');

/** A path of names, numbers and `*` for `[any]`. */
function path(steps: readonly (string | number)[], root: Attribute['root'] = 'value'): Attribute {
  return { kind: 'attribute', root, steps: steps.map(stepOf), text: steps.join('.') };
}

function stepOf(step: string | number): PathStep {
  if (step === '*') return { kind: 'any' };
  return typeof step === 'number' ? { kind: 'element', index: step } : { kind: 'name', name: step };
}

function read(value: unknown, ...steps: (string | number)[]): unknown {
  return attributeReader(path(steps))('key', value);
}

class Account {
  readonly owner: string = 'Joe';
  readonly address: object = Object.freeze({ city: 'Rome' });
  readonly greet = (): string => 'hello';
  get secret(): string {
    throw new Error('a getter was run');
  }
  close(): void {}
}

test('names, elements, roots', () => {
  const value = { name: 'Joe', address: { city: 'Rome', geo: { lat: 1 } }, limbs: [{ name: 'arm' }, 'leg'], none: null };
  assert.is(read(value, 'name'), 'Joe');
  assert.is(read(value, 'address', 'city'), 'Rome');
  assert.is(read(value, 'address', 'geo', 'lat'), 1);
  assert.is(read(value, 'limbs', 0, 'name'), 'arm');
  assert.is(read(value, 'limbs', 1), 'leg');
  assert.is(read(value, 'none'), null);
  assert.is(read(value), value);
  assert.is(read('text'), 'text');
  assert.is(attributeReader(path([], 'key'))(7, value), 7);
  assert.is(attributeReader(path(['id'], 'key'))({ id: 7 }, value), 7);
});

test('a missing step is undefined, whatever stands in its place', () => {
  for (const value of [
    {},
    { address: null },
    { address: 'Rome' },
    { address: 5 },
    { address: [] },
    { address: new Date(0) },
    null,
    undefined,
    'text',
    5,
  ]) {
    assert.is(read(value, 'address', 'city'), undefined);
    assert.is(read(value, 'address', 0, 'city'), undefined);
    assert.is(read(value, 'zip'), undefined);
  }
  assert.is(read({ limbs: ['arm'] }, 'limbs', 5), undefined);
  assert.is(read({ limbs: { 0: 'arm' } }, 'limbs', 0), undefined, 'an element of a list only');
  assert.is(read('text', 'length'), undefined);
});

test('nothing inherited, no function, no getter of a class', () => {
  const account = Object.freeze(new Account());
  assert.is(read(account, 'owner'), 'Joe');
  assert.is(read(account, 'address', 'city'), 'Rome');
  for (const name of ['secret', 'close', 'greet', 'toString', 'constructor', '__proto__', 'hasOwnProperty']) {
    assert.is(read(account, name), undefined, name);
    assert.is(read({}, name), undefined, name);
    assert.is(read({ nested: account }, 'nested', name), undefined, name);
    assert.is(read({}, name, name), undefined, name);
  }
  assert.is(read(Object.create({ inherited: 1 }), 'inherited'), undefined);
  assert.is(read({ run: () => 1 }, 'run'), undefined);
  assert.is(
    read(() => 1),
    undefined,
  );
  assert.is(read(new Map([['size', 1]]), 'size'), undefined);
});

test('own properties with the names of inherited ones are attributes, but for two', () => {
  const value: unknown = JSON.parse('{"toString":"a","valueOf":{"toString":"b"},"constructor":"c","__proto__":{"d":1}}');
  assert.is(read(value, 'toString'), 'a');
  assert.is(read(value, 'valueOf', 'toString'), 'b');
  assert.is(read(value, 'constructor'), undefined);
  assert.is(read(value, '__proto__'), undefined);
  assert.is(read(value, '__proto__', 'd'), undefined);
});

test('objects without a prototype, and with an own __proto__', () => {
  const bare: unknown = Object.assign(Object.create(null), { name: 'Joe' });
  assert.is(read(bare, 'name'), 'Joe');
  assert.is(read(bare, 'toString'), undefined);
  assert.is(read(JSON.parse('{"__proto__":{"name":"evil"}}'), 'name'), undefined);
  assert.is(read(JSON.parse('{"__proto__":{"name":"evil"},"name":"good"}'), 'name'), 'good');
});

test('[any] gives the values of all elements', () => {
  const elements = (value: unknown, ...steps: (string | number)[]): readonly unknown[] => elementsReader(path(steps))('key', value);
  assert.equal(elements({ tags: ['a', 'b'] }, 'tags', '*'), ['a', 'b']);
  assert.equal(elements({ tags: [] }, 'tags', '*'), []);
  assert.equal(elements({}, 'tags', '*'), [undefined]);
  assert.equal(elements({ tags: 'a' }, 'tags', '*'), [undefined]);
  assert.equal(elements({ limbs: [{ name: 'arm' }, 5, { name: 'leg' }] }, 'limbs', '*', 'name'), ['arm', undefined, 'leg']);
  assert.equal(elements({ rows: [[1, 2], [], 'x', [3]] }, 'rows', '*', '*'), [1, 2, undefined, 3]);
  assert.equal(elements({ rows: [[1, 2], [3]] }, 'rows', '*', 1), [2, undefined]);
  assert.equal(elements([1, test], '*'), [1, undefined]);
  assert.equal(read({ tags: ['a'] }, 'tags', '*'), ['a']);
  assert.equal([hasAny(path(['tags', '*'])), hasAny(path(['tags', 0]))], [true, false]);
});

test.run();
