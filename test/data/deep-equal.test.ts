/** Structural equality of whole values. */
import * as assert from 'uvu/assert';
import { deepEqual } from '../../lib/data/deep-equal.ts';
import { describe } from '../kit/describe.ts';

const test = describe('deep equal');

class Money {
  readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
}
class Weight extends Money {}

const EQUAL: readonly (readonly [unknown, unknown])[] = [
  [1, 1],
  [NaN, NaN],
  [0, -0],
  [5n, 5n],
  ['a', 'a'],
  [null, null],
  [undefined, undefined],
  [
    { a: 1, b: { c: [1, 2] } },
    { b: { c: [1, 2] }, a: 1 },
  ],
  [Object.create(null), {}],
  [new Date(5), new Date(5)],
  [new Date(NaN), new Date(NaN)],
  [new Map([['a', [1]]]), new Map([['a', [1]]])],
  [
    new Map([
      [{ id: 1 }, 'x'],
      [{ id: 2 }, 'y'],
    ]),
    new Map([
      [{ id: 2 }, 'y'],
      [{ id: 1 }, 'x'],
    ]),
  ],
  [new Set([1, 'a', { x: 1 }]), new Set([{ x: 1 }, 'a', 1])],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  [Buffer.from('ab'), new Uint8Array([97, 98])],
  [new Float64Array([1, -1.5]), new Float64Array([1, -1.5])],
  [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer],
  [new Money(5), new Money(5)],
  [/a/g, /a/g],
  [[], []],
];

const DIFFERENT: readonly (readonly [unknown, unknown])[] = [
  [1, '1'],
  [1, 1n],
  [1, true],
  [null, undefined],
  [null, {}],
  [{}, []],
  [[], {}],
  [{ a: undefined }, {}],
  [{ a: undefined }, { b: undefined }],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, 2]],
  [new Date(5), new Date(6)],
  [new Date(5), 5],
  [new Map([['a', 1]]), new Map([['a', 2]])],
  [new Map([['a', 1]]), new Map([['b', 1]])],
  [new Map([['a', undefined]]), new Map([['b', undefined]])],
  [new Map([[{ id: 1 }, 'x']]), new Map([[{ id: 1 }, 'y']])],
  [new Set([1]), new Set([2])],
  [new Set([{ x: 1 }, { x: 1 }]), new Set([{ x: 1 }, { x: 2 }])],
  [new Map(), new Set()],
  [new Uint8Array([1]), new Int8Array([1])],
  [new Uint8Array([1]), new Uint8Array([1, 0])],
  [new Float64Array([1]), [1]],
  [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  [new Money(5), new Money(6)],
  [new Money(5), new Weight(5)],
  [new Money(5), { amount: 5 }],
  [{ amount: 5 }, new Money(5)],
  [/a/g, /a/],
  [() => 1, () => 1],
];

/** So many objects, each within the one before, the first within the last. */
function ring(length: number): object {
  const first: { next?: object } = {};
  let last = first;
  for (let i = 1; i < length; i++) last = last.next = {};
  last.next = first;
  return first;
}

test('equal', () => {
  for (const [i, [a, b]] of EQUAL.entries()) assert.ok(deepEqual(a, b) && deepEqual(b, a), `pair ${i}`);
});

test('different', () => {
  for (const [i, [a, b]] of DIFFERENT.entries()) assert.not(deepEqual(a, b) || deepEqual(b, a), `pair ${i}`);
});

test('properties that are inherited do not count', () => {
  const named: unknown = JSON.parse('{"toString":1}');
  assert.not(deepEqual(named, { x: 1 }));
  assert.not(deepEqual({ x: 1 }, named));
});

test('cycles come to an end', () => {
  assert.ok(deepEqual(ring(2), ring(2)) && deepEqual(ring(2), ring(3)), 'the same endless structure');
  assert.not(deepEqual(ring(2), { next: { next: {} } }));
});

test.run();
