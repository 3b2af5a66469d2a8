/** Keys by value (M25): what is equal, what is refused, and how hashes spread. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { fromKey, hashKey, sameKey, toKey } from '../../lib/data/key.ts';
import { KeyError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const test = describe('key');

/** What `hashes are pinned` must give. */
const PINNED: readonly number[] = [
  0, 1364076727, 2180083513, 4007969229, 4078442366, 2697030256, 3891384571, 2598464059, 1013904242, 1808905567, 1931863484, 3372093824,
  3730638104, 3859716046, 3130202906, 1151746414, 588654668, 1792483514, 2072494999,
];

const same = (a: unknown, b: unknown): boolean => sameKey(toKey(a), toKey(b));

test('equal by value', () => {
  for (const [a, b] of [
    ['x', 'x'],
    [1, 1],
    [NaN, NaN],
    [-0, 0],
    [12n, 12n],
    [true, true],
    [new Date(5), new Date(5)],
    [
      { a: 1, b: 'x' },
      { b: 'x', a: 1 },
    ],
    [
      { a: { c: [1, null], b: -0 }, d: new Date(1) },
      { d: new Date(1), a: { b: 0, c: [1, null] } },
    ],
    [[], []],
    [{}, {}],
    [
      [1, 2],
      [1, 2],
    ],
    [Object.create(null), {}],
    [{ x: NaN }, { x: NaN }],
  ]) {
    assert.ok(same(a, b), inspect(a));
    assert.is(hashKey(toKey(a)), hashKey(toKey(b)));
  }
});

test('different types and structures are different keys', () => {
  const keys: unknown[] = [
    1, '1', 1n, true, 'true', 'NaN', NaN, 0, '', false, new Date(1), '@1,', [1], ['1'], [1n], [true], [[1]], { 1: 1 }, { a: 1 }, { a: '1' }, { a: null },
    {}, [], [null], ['null'], { a: { b: 1 } }, { 'a.b': 1 }, [new Date(1)], { a: 'x', b: 'y' }, { a: 'x,"1:b,"1:y,' }, ['a', 'b'], ['a,"1:b'], ['ab'], [''], ['', ''],
  ]; // prettier-ignore
  for (const [i, a] of keys.entries()) {
    for (const [j, b] of keys.entries()) assert.is(same(a, b), i === j, `${i} ${j}`);
  }
});

test('canonical texts are injective', () => {
  const part = fc.letrec((tie) => ({
    part: fc.oneof(
      { maxDepth: 3 },
      fc.string({ maxLength: 3, unit: fc.constantFrom('a', '"', ',', ':', '1', '{', '}', '[', '\ud83d', '\n', '@', 'n') }),
      fc.integer({ min: -3, max: 30 }),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: -3n, max: 30n }),
      fc.integer({ min: 0, max: 3 }).map((ms) => new Date(ms)),
      fc.array(tie('part'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '"', '1:a', '__proto__'), tie('part'), { maxKeys: 3 }),
    ),
  })).part;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 3 }), fc.array(part, { maxLength: 3 }), (a, b) => {
      assert.is(same(a, b), structure(a) === structure(b));
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

test('a key is a copy: what the user changes later, or tries to change, has no effect', () => {
  const given = { id: 1, at: new Date(5), path: ['a'] };
  const stored = toKey(given);
  given.id = 2;
  given.at.setTime(6);
  given.path.push('b');
  assert.ok(sameKey(stored, toKey({ path: ['a'], at: new Date(5), id: 1 })));
  const seen = fromKey(stored) as typeof given;
  assert.throws(() => seen.at.setTime(7), /can't be changed/);
  assert.throws(() => seen.path.push('c'), TypeError);
  assert.throws(() => (seen.id = 3), TypeError);
  assert.equal(seen.at.getTime(), 5);
  assert.is(fromKey(stored), seen);
});

test('what users see of a key makes the same key again', () => {
  for (const key of [1, 'x', { b: 1, a: [new Date(3)] }, new Date(9)]) {
    const stored = toKey(key);
    assert.ok(sameKey(toKey(fromKey(stored)), stored));
  }
});

test('an own __proto__ is a name like any other', () => {
  const key = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as object;
  const stored = toKey(key);
  assert.ok(sameKey(stored, toKey(JSON.parse('{"a": 1, "__proto__": {"admin": true}}'))));
  assert.not.ok(sameKey(stored, toKey({ a: 1 })));
  const seen = fromKey(stored) as Record<string, unknown>;
  assert.is(seen['admin'], undefined);
  assert.ok(Object.hasOwn(seen, '__proto__'));
  assert.is(({} as Record<string, unknown>)['admin'], undefined);
});

test('refuses what has no value of its own, and says where', () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = { back: cycle };
  let wide: unknown = 1;
  for (let i = 0; i < 30; i++) wide = [wide, wide];
  class Money {
    amount = 1;
  }
  const cases: [unknown, RegExp][] = [
    [undefined, /^undefined can't be a key$/],
    [null, /^null can't be a key$/],
    [() => 1, /^a function can't be a key$/],
    [Symbol('s'), /^a symbol can't be a key$/],
    [new Map(), /^a Map can't be a key$/],
    [new Money(), /^an instance of Money can't be a key$/],
    [Promise.resolve(), /^a Promise can't be a key$/],
    [new Date(NaN), /invalid Date/],
    [new Proxy({}, {}), /^a Proxy can't be a key$/],
    [Buffer.from('x'), /Buffer can't be a key/],
    [{ a: { b: [1, () => 1] } }, /^key a\.b\[1\]: a function can't be part of a key$/],
    [{ a: undefined }, /^key a: undefined/],
    [{ 'odd name': Symbol.iterator }, /^key \["odd name"\]: a symbol/],
    [{ [Symbol.iterator]: 1 }, /symbol as property name/],
    [{ a: new Money() }, /^key a: an instance of Money can't be part/],
    [[1, , 2], /holes/], // eslint-disable-line no-sparse-arrays
    [Object.assign([1], { extra: 1 }), /property "extra"/],
    [cycle, /^key self\.back\.self\..*levels/],
    [wide, /parts/],
  ];
  for (const [key, message] of cases) {
    try {
      toKey(key);
    } catch (error) {
      assert.instance(error, KeyError);
      assert.match((error as Error).message, message);
      continue;
    }
    assert.unreachable(`${String(message)} was taken`);
  }
});

test('runs nothing of the user', () => {
  const bait = {
    get secret(): number {
      throw new Error('was run');
    },
  };
  assert.throws(() => toKey(bait), /^key secret: an accessor/);
  assert.throws(() => toKey({ toJSON: () => assert.unreachable() }), /^key toJSON: a function/);
});

test('hashes are pinned: members of one cluster must agree for ever', () => {
  const hashes = [
    0,
    1,
    -1,
    2 ** 31,
    0.5,
    NaN,
    Infinity,
    true,
    false,
    1n,
    -1n,
    2n ** 70n,
    '',
    'a',
    'emp:1',
    'ß😀',
    { a: 1 },
    [1],
    new Date(0),
  ].map((key) => hashKey(toKey(key)));
  for (const hash of hashes) assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
  assert.is(new Set(hashes).size, hashes.length);
  assert.equal(hashes, PINNED);
});

test('hashes spread', () => {
  const families: Record<string, (i: number) => unknown> = {
    integers: (i) => i,
    'every 1024th': (i) => i * 1024,
    'large integers': (i) => 1e12 + i,
    fractions: (i) => i / 8,
    bigints: (i) => BigInt(i),
    'short texts': (i) => `e${i}`,
    'long texts': (i) => `${'x'.repeat(60)}${i}${'y'.repeat(40)}`,
    uuids: (i) => `0190f0e0-${(i & 0xffff).toString(16).padStart(4, '0')}-7000-8000-${i.toString(16).padStart(12, '0')}`,
    objects: (i) => ({ tenant: i % 10, id: i }),
    dates: (i) => new Date(i * 86_400_000),
  };
  for (const [name, key] of Object.entries(families)) {
    const counts = [new Int32Array(271), new Int32Array(256), new Int32Array(256)] as const;
    const distinct = new Set<number>();
    const n = 20_000;
    for (let i = 0; i < n; i++) {
      const hash = hashKey(toKey(key(i)));
      distinct.add(hash);
      counts[0][hash % 271]!++;
      counts[1][hash & 255]!++;
      counts[2][hash >>> 24]!++;
    }
    assert.ok(distinct.size > n - 5, `${name}: ${n - distinct.size} collisions`);
    for (const count of counts) assert.ok(chiSquared(count, n) < 1.35, `${name}: ${chiSquared(count, n)}`);
  }
});

test.run();

/** Mean squared deviation over what chance would give: about 1 for a fair spread. */
function chiSquared(counts: Int32Array, n: number): number {
  const expected = n / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0) / (counts.length - 1);
}

/** An independent canonical text: slow and unambiguous. */
function structure(value: unknown): string {
  if (typeof value === 'bigint') return `big:${value}`;
  if (value instanceof Date) return `date:${value.getTime()}`;
  if (Array.isArray(value)) return `list:${JSON.stringify(value.map(structure))}`;
  if (typeof value === 'object' && value !== null) {
    return `object:${JSON.stringify(
      Object.keys(value)
        .toSorted()
        .map((name) => [name, structure((value as Record<string, unknown>)[name])]),
    )}`;
  }
  return `${typeof value}:${JSON.stringify(Object.is(value, -0) ? 0 : value)}`;
}
