/** The border for values (M27): nobody changes what is kept, or sees it change; what can't be kept is refused with its path. */
import { deepStrictEqual } from 'node:assert';
import vm from 'node:vm';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { registerClass } from '../../lib/data/registered-classes.ts';
import { valueForm, type ValueForm } from '../../lib/data/value.ts';
import { ValueError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const test = describe('value');
const frozen = valueForm('frozen');
const binary = valueForm('binary');
const trusted = valueForm('trusted');

/** There and back. */
const through = <T>(value: T, form: ValueForm = frozen): T => form.handOut(form.takeIn(value)) as T;

function refused(value: unknown, message: RegExp, form: ValueForm = frozen): void {
  try {
    form.takeIn(value);
  } catch (error) {
    assert.instance(error, ValueError);
    assert.match((error as Error).message, message);
    return;
  }
  assert.unreachable(`${String(message)}: was taken`);
}

const EMPLOYEE = {
  id: 1,
  name: 'Joe',
  big: 12n,
  odd: [NaN, -0, Infinity, '', null, undefined],
  missing: undefined,
  hired: new Date(5),
  never: new Date(NaN),
  address: { geo: { lat: 1.5 }, tags: ['a', ['b']] },
  byDay: new Map<unknown, unknown>([
    ['mon', { hours: 8 }],
    [{ day: 2 }, new Date(1)],
  ]),
  skills: new Set<unknown>(['sql', { level: 3 }]),
};

class Money {
  amount: number;
  readonly history: number[] = [];
  constructor(amount: number) {
    this.amount = amount;
  }
  get doubled(): number {
    return this.amount * 2;
  }
  add(more: number): void {
    this.amount += more;
  }
}

class Counter {
  #count: number;
  constructor(count: number) {
    this.#count = count;
  }
  get count(): number {
    return this.#count;
  }
  increment(): void {
    this.#count++;
  }
  copy(): Counter {
    return new Counter(this.#count);
  }
}

/** Bait: what must never run. */
function trap(): void {
  throw new Error('ran');
}

registerClass(Money);
registerClass(Counter, { copy: (counter) => counter.copy() });

test('comes back equal, by the judgement of others', () => {
  const got = through(EMPLOYEE);
  deepStrictEqual(got, EMPLOYEE);
  // Looks at constructors, and holds that an invalid date is not equal to itself.
  assert.equal({ ...got, never: 0 }, { ...EMPLOYEE, never: 0 });
  deepStrictEqual(structuredClone(got), EMPLOYEE);
  assert.is(JSON.stringify({ ...got, big: 0 }), JSON.stringify({ ...EMPLOYEE, big: 0 }));
  deepStrictEqual(through(EMPLOYEE, binary), EMPLOYEE);
});

test('primitives are kept as they are', () => {
  for (const form of [frozen, binary, trusted]) {
    for (const value of ['', 'x', 0, -0, NaN, 1.5, 10n, true, false]) {
      assert.ok(Object.is(through(value, form), value));
      assert.ok(form.isShared(form.takeIn(value)));
    }
  }
});

test('is frozen all the way down', () => {
  const got = through(structuredClone(EMPLOYEE));
  const everything = [
    got,
    got.odd,
    got.address,
    got.address.geo,
    got.address.tags,
    got.address.tags[1],
    ...got.byDay.keys(),
    ...got.byDay.values(),
    ...got.skills,
  ];
  for (const part of everything) assert.ok(Object.isFrozen(part));
  assert.throws(() => (got.address.geo.lat = 2), TypeError);
  assert.throws(() => got.address.tags.push('c'), TypeError);
  assert.throws(() => Object.setPrototypeOf(got, null), TypeError);
});

test('dates, maps and sets refuse to change, and are what they were otherwise', () => {
  const { hired, byDay, skills } = through(EMPLOYEE);
  const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));
  assert.ok(setters.length >= 15);
  for (const name of setters) assert.throws(() => (hired as unknown as Record<string, (n: number) => void>)[name]!(0), /can't be changed/);
  assert.throws(() => byDay.set('mon', 1), /can't be changed/);
  assert.throws(() => byDay.delete('mon'), /can't be changed/);
  assert.throws(() => byDay.clear(), /can't be changed/);
  assert.throws(() => skills.add(1), /can't be changed/);
  assert.throws(() => skills.delete('sql'), /can't be changed/);
  assert.throws(() => skills.clear(), /can't be changed/);
  assert.throws(() => Object.assign(hired, { note: 1 }), TypeError);
  assert.instance(hired, Date);
  assert.is(hired.constructor, Date);
  assert.is(hired.toISOString(), '1970-01-01T00:00:00.005Z');
  assert.is(new Date(hired).setTime(9), 9);
  assert.instance(byDay, Map);
  assert.is(byDay.constructor, Map);
  assert.is(new Map(byDay).set('x', 1).size, 3);
  assert.is(new Set(skills).add('x').size, 3);
  assert.equal([...skills.union(new Set(['x']))].length, 3);
});

test('a row made for the map is frozen as it is, everything else is copied', () => {
  const row: Record<string, unknown> = { id: 1, name: 'Joe', none: null, hired: new Date(5) };
  assert.is(frozen.takeOver(row), row);
  assert.ok(Object.isFrozen(row));
  assert.throws(() => (row['hired'] as Date).setTime(6), /kept in a map/);
  assert.equal((row['hired'] as Date).getTime(), 5);
  const nested = { id: 1, address: { city: 'Oslo' }, tags: ['x'], bytes: new Uint8Array([1]) };
  const kept = frozen.takeOver(nested);
  assert.equal(frozen.handOut(kept), nested);
  assert.is.not(kept, nested);
  for (const bad of [undefined, null, () => 1, { f: () => 1 }, { s: Symbol('s') }]) {
    assert.throws(
      () => frozen.takeOver(bad),
      (error: unknown) => error instanceof ValueError,
    );
  }
  assert.is(trusted.takeOver(nested), nested);
  assert.equal(binary.handOut(binary.takeOver(row)), { ...row, hired: new Date(5) });
});

test('what went in may change later without effect', () => {
  const given = structuredClone(EMPLOYEE);
  const stored = frozen.takeIn(given);
  given.name = 'Ann';
  given.hired.setTime(0);
  given.address.tags.push('z');
  given.byDay.clear();
  given.skills.add('x');
  deepStrictEqual(frozen.handOut(stored), EMPLOYEE);
});

test('what is frozen already is shared, not copied again', () => {
  const stored = frozen.takeIn(EMPLOYEE) as typeof EMPLOYEE;
  assert.is(frozen.takeIn(stored), stored);
  const next = frozen.takeIn({ ...stored, id: 2 }) as typeof EMPLOYEE;
  assert.is(next.address, stored.address);
  assert.is(next.byDay, stored.byDay);
  // Frozen by the user, at the surface only.
  const shallow = Object.freeze({ list: [1] });
  const kept = frozen.takeIn(shallow) as typeof shallow;
  shallow.list.push(2);
  assert.equal(kept, { list: [1] });
  const accessor = Object.freeze(Object.defineProperty({}, 'x', { get: () => Math.random(), enumerable: true }));
  refused(accessor, /^x: an accessor/);
  // Frozen, with something mutable that is not enumerable.
  const hiding = Object.freeze(Object.defineProperty({ a: 1 }, 'hidden', { value: [] }));
  assert.not.ok(Object.hasOwn(through(hiding), 'hidden'));
});

test('binary data is copied on each way in and on each way out', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const given = {
    bytes,
    view: new Uint8Array(bytes.buffer, 1, 1),
    words: Float64Array.of(1.5),
    big: BigInt64Array.of(-1n),
    raw: Uint8Array.of(9).buffer,
    data: new DataView(Uint8Array.of(7, 8).buffer, 1),
    buffer: Buffer.from('abc'),
    rest: { deep: [1] },
  };
  const expected = structuredClone({ ...given, buffer: undefined });
  const stored = frozen.takeIn(given);
  assert.not.ok(frozen.isShared(stored));
  bytes.fill(0);
  given.words[0] = 0;
  given.buffer.fill(0);
  for (let i = 0; i < 2; i++) {
    const got = frozen.handOut(stored) as typeof given;
    deepStrictEqual({ ...got, view: undefined, buffer: undefined }, { ...expected, view: undefined });
    assert.equal([...got.view], [2]);
    assert.is(got.view.buffer.byteLength, 1);
    assert.ok(Buffer.isBuffer(got.buffer));
    assert.is(got.buffer.toString(), 'abc');
    got.bytes.fill(5);
    got.buffer.fill(5);
    got.data.setUint8(0, 5);
    new Uint8Array(got.raw).fill(5);
    assert.throws(() => got.rest.deep.push(2), TypeError);
  }
  assert.is((frozen.peek(stored) as typeof given).rest, (frozen.handOut(stored) as typeof given).rest);
  assert.equal([...through(Uint8Array.of(1, 2))], [1, 2]);
  refused(new Uint8Array(new SharedArrayBuffer(1)).buffer, /SharedArrayBuffer/);
  const detached = new Uint8Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  refused({ a: detached }, /^a: a detached/);
  refused(new (class Pixels extends Uint8Array {})(2), /an instance of Pixels can't be stored \(registerClass/);
});

test('registered classes keep their prototype, by properties or by their own copy', () => {
  const money = new Money(5);
  const stored = frozen.takeIn({ salary: money }) as { salary: Money };
  money.add(1);
  money.history.push(1);
  const { salary } = frozen.handOut(stored) as { salary: Money };
  assert.instance(salary, Money);
  assert.is(salary.doubled, 10);
  assert.equal(salary.history, []);
  assert.throws(() => salary.add(1), TypeError);
  assert.is(frozen.takeIn(stored), stored);

  const counter = new Counter(3);
  const kept = frozen.takeIn([counter]);
  counter.increment();
  const [first] = frozen.handOut(kept) as [Counter];
  first.increment();
  const [second] = frozen.handOut(kept) as [Counter];
  assert.is(first.count, 4);
  assert.is(second.count, 3);
});

test('registered classes: what can not work is refused', () => {
  class Unknown {
    x = 1;
  }
  class Child extends Money {}
  refused({ a: [new Unknown()] }, /^a\[0\]: an instance of Unknown can't be stored \(registerClass allows it\)$/);
  refused(new Child(1), /Child/);
  assert.throws(() => registerClass(class Tags extends Map {}), /Tags extends Map.*copy/);
  assert.throws(() => registerClass(class Log extends Array {}), /Log extends Array/);
  assert.throws(() => registerClass(Date), /built in/);
  assert.throws(() => registerClass(Object), /built in/);
  assert.throws(() => registerClass((() => 1) as never), /takes a class/);
  class Broken {
    x = 1;
  }
  registerClass(Broken, {
    copy: () => {
      throw new Error('oh');
    },
  });
  refused({ x: new Broken() }, /^x: the copy function of an instance of Broken failed$/);
  class Wrong {
    x = 1;
  }
  registerClass(Wrong, { copy: () => ({ x: 1 }) });
  refused(new Wrong(), /gave an Object/);
  refused({ m: new Money(1) }, /^m: an instance of Money can't be stored in binary form$/, binary);
});

test('a registered class may have setters: copying runs none', () => {
  class Guarded {
    x = 1;
  }
  Object.defineProperty(Guarded.prototype, 'x', { set: trap, get: () => 7, configurable: true });
  const instance = Object.defineProperty(Object.create(Guarded.prototype) as Guarded, 'x', { value: 1, enumerable: true });
  registerClass(Guarded);
  assert.is(through(instance).x, 1);
});

test('refuses what it could only store badly, with the path', () => {
  const cycle: Record<string, unknown> = {};
  cycle['a'] = [cycle];
  let deep: unknown = 1;
  for (let i = 0; i < 250; i++) deep = { d: deep };
  let wide: unknown = { x: 1 };
  for (let i = 0; i < 40; i++) wide = [wide, wide];
  const surplus = Object.assign(new Date(), { note: 1 });
  for (const form of [frozen, binary]) {
    refused(undefined, /^undefined can't be stored$/, form);
    refused(null, /^null can't be stored$/, form);
    refused(() => 1, /^a function can't be stored$/, form);
    refused(Symbol('x'), /^a symbol can't be stored$/, form);
    refused({ address: { geo: { f: () => 1 } } }, /^address\.geo\.f: a function can't be stored$/, form);
    refused({ 'a b': [1, [Symbol('x')]] }, /^\["a b"\]\[1\]\[0\]: a symbol can't be stored$/, form);
    refused({ [Symbol('x')]: 1 }, /^a symbol as property name can't be stored$/, form);
    refused({ p: Promise.resolve() }, /^p: a Promise can't be stored$/, form);
    refused([new WeakMap()], /^\[0\]: a WeakMap can't be stored$/, form);
    refused([/x/], /^\[0\]: a RegExp can't be stored$/, form);
    refused(new Error('x'), /^an Error can't be stored$/, form);
    refused(new String('x'), /^a String can't be stored$/, form);
    refused(new Proxy({}, {}), /^a Proxy can't be stored$/, form);
    refused({ a: new Proxy([], {}) }, /^a: a Proxy can't be stored$/, form);
    refused([1, , 2], /holes/, form); // eslint-disable-line no-sparse-arrays
    refused(Object.assign(['x'], { index: 0 }), /property "index"/, form);
    refused({ at: surplus }, /^at: a built-in object with a property "note"/, form);
    refused(new (class extends Date {})(), /nameless class|instance/, form);
    refused(new Map([['k', () => 1]]), /^\[0\]: a function/, form);
    refused(new Set([() => 1]), /^\[0\]: a function/, form);
    refused(cycle, /^a\[0\]\.a\[0\].*levels \(or is this a cycle\?\)$/, form);
    refused(deep, /levels/, form);
    refused(wide, /parts/, form);
    refused(Object.create({ inherited: 1 }), /can't be stored/, form);
    refused(globalThis.process, /can't be stored/, form);
    refused(Object.create(Map.prototype), /can't be stored/, form);
    refused(new (class extends Map {})(), /can't be stored/, form);
  }
});

test('runs no accessor, no trap and no method of the user', () => {
  refused(Object.defineProperty({ a: 1 }, 'x', { get: trap, enumerable: true }), /^x: an accessor can't be stored$/);
  refused({ s: Object.defineProperty({}, 'x', { set: trap, enumerable: true }) }, /^s\.x: an accessor/);
  const handler = new Proxy({}, { get: trap });
  refused({ a: new Proxy({}, handler) }, /^a: a Proxy/);
  refused(Object.defineProperty(Object.create({}) as object, Symbol.toStringTag, { get: trap }), /./);
  refused({ toJSON: trap, valueOf: trap }, /^toJSON: a function/);
  const map = new Map([['a', 1]]);
  Object.setPrototypeOf(map, Object.create(Map.prototype, { entries: { value: trap }, [Symbol.iterator]: { value: trap } }) as object);
  refused(map, /./);
});

test('an own __proto__ is kept as a name and pollutes nothing', () => {
  const got = through(JSON.parse('{"__proto__": {"admin": {"x": [1]}}, "a": 1}') as Record<string, unknown>);
  assert.is(Object.getPrototypeOf(got), Object.prototype);
  assert.ok(Object.hasOwn(got, '__proto__'));
  assert.is(got['admin'], undefined);
  assert.is(({} as Record<string, unknown>)['admin'], undefined);
  assert.ok(Object.isFrozen(Object.getOwnPropertyDescriptor(got, '__proto__')!.value));
  const nested = through(JSON.parse('{"constructor": {"prototype": {"x": 1}}}') as Record<string, unknown>);
  assert.is(({} as Record<string, unknown>)['x'], undefined);
  assert.equal(nested['constructor'], { prototype: { x: 1 } });
});

test('objects without a prototype, and from another realm', () => {
  const bare = Object.assign(Object.create(null) as object, { a: [1] });
  assert.is(Object.getPrototypeOf(through(bare)), null);
  const foreign = vm.runInNewContext('({ a: [1, { b: 2 }], at: new Date(5), by: new Map([[1, 2]]) })') as {
    a: unknown;
    at: Date;
    by: Map<number, number>;
  };
  const got = through(foreign);
  assert.equal(JSON.stringify(got), '{"a":[1,{"b":2}],"at":"1970-01-01T00:00:00.005Z","by":{}}');
  assert.is(got.by.get(1), 2);
  assert.throws(() => got.at.setTime(1), /can't be changed/);
});

test('shared parts are copied per reference', () => {
  const part = { x: 1 };
  const got = through({ a: part, b: part });
  assert.equal(got, { a: { x: 1 }, b: { x: 1 } });
});

test('random data comes back equal and frozen, in both forms that copy', () => {
  fc.assert(
    fc.property(
      fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withTypedArray: true }),
      (value) => {
        deepStrictEqual(through(value), value);
        assert.ok(Object.isFrozen(frozen.peek(frozen.takeIn(value))));
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
});

test('binary: a fresh copy for each reader', () => {
  const stored = binary.takeIn(EMPLOYEE);
  assert.not.ok(binary.isShared(stored));
  const first = binary.handOut(stored) as typeof EMPLOYEE;
  first.address.tags.push('mine');
  deepStrictEqual(binary.handOut(stored), EMPLOYEE);
  deepStrictEqual(binary.peek(stored), EMPLOYEE);

  const photo = binary.takeIn({ photo: Buffer.from('abc') });
  const seen = binary.handOut(photo) as { photo: Buffer };
  new Uint8Array(seen.photo.buffer).fill(0);
  assert.is((binary.handOut(photo) as typeof seen).photo.toString(), 'abc');
});

test('trusted: the very object, whatever it is', () => {
  class Anything {
    f = (): number => 1;
  }
  const value = new Anything();
  assert.is(trusted.handOut(trusted.takeIn(value)), value);
  assert.is(trusted.peek(value), value);
  assert.ok(trusted.isShared(value));
  for (const bad of [undefined, null, () => 1, Symbol('x')]) refused(bad, /can't be stored/, trusted);
});

test.run();
