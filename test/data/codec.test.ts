/** Keys and values on their way between members: what arrives is what was sent, as the map of the other member keeps it. */
import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { handedToWire, keyFromWire, keyToWire, storedFromWire, storedToWire, userFromWire, userToWire } from '../../lib/data/codec.ts';
import { sameKey, toKey } from '../../lib/data/key.ts';
import { registerClass } from '../../lib/data/registered-classes.ts';
import { valueForm, type ValueMode } from '../../lib/data/value.ts';
import { MARK } from '../../lib/data/wire-tree.ts';
import { ValueError } from '../../lib/errors.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('codec');
const MODES: readonly ValueMode[] = ['frozen', 'trusted', 'binary'];

/** From one member's map into another's, as a reader there gets it. */
function travelled(value: unknown, mode: ValueMode = 'frozen'): unknown {
  const form = valueForm(mode);
  return form.handOut(storedFromWire(form, structuredClone(storedToWire(form, form.takeIn(value)))));
}

function deeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return Object.isFrozen(value) && Object.values(value).every(deeplyFrozen);
}

function refused(run: () => unknown, message: RegExp): void {
  try {
    run();
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

class Price {
  readonly amount: number;
  readonly history: readonly unknown[] = [1, { at: new Date(3) }];
  constructor(amount: number) {
    this.amount = amount;
  }
  get doubled(): number {
    return this.amount * 2;
  }
}

class Hidden {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  tell(): string {
    return this.#text;
  }
}

test('keys come back as they were', () => {
  for (const key of ['a', '', 1, -0, NaN, 12n, true, new Date(7), { b: [1, { c: null }], a: new Date(1) }, ['x', 2n]]) {
    const stored = toKey(key);
    assert.ok(sameKey(keyFromWire(structuredClone(keyToWire(stored))), stored));
  }
});

test('plain data travels as it is, without a walk, and arrives frozen', () => {
  const form = valueForm('frozen');
  const stored = form.takeIn(EMPLOYEE);
  assert.is(storedToWire(form, stored), stored);
  const arrived = travelled(EMPLOYEE) as typeof EMPLOYEE;
  deepStrictEqual(structuredClone(arrived), structuredClone(EMPLOYEE));
  assert.ok(deeplyFrozen(arrived));
  assert.throws(() => arrived.hired.setTime(1), /can't be changed/);
  assert.throws(() => arrived.byDay.set('x', 1), /can't be changed/);
  assert.throws(() => arrived.skills.add('x'), /can't be changed/);
});

test('what a map has handed out: a Buffer arrives as one, however deep it is', () => {
  const form = valueForm('frozen');
  for (const value of [EMPLOYEE, { a: [{ b: Buffer.from('x') }] }, [Buffer.from('y')], { [MARK]: 'x' }, [{ [MARK]: 'x' }]])
    deepStrictEqual(userFromWire(structuredClone(handedToWire(form, form.handOut(form.takeIn(value))))), form.handOut(form.takeIn(value)));
});

test('each form gets its values back', () => {
  const buffers = {
    bytes: new Uint8Array([1, 2]),
    buffer: Buffer.from('abc'),
    view: new DataView(new ArrayBuffer(3)),
    all: new ArrayBuffer(2),
  };
  for (const mode of MODES) {
    for (const value of ['text', 1, -0, NaN, 5n, true, [], {}, EMPLOYEE, buffers, [buffers], new Map([[1, Buffer.from('x')]])])
      deepStrictEqual(structuredClone(travelled(value, mode)), structuredClone(value), mode);
  }
  for (const mode of ['frozen', 'trusted'] as const) {
    const arrived = travelled(buffers, mode) as typeof buffers;
    assert.ok(Buffer.isBuffer(arrived.buffer), mode);
    assert.is(arrived.buffer.toString(), 'abc');
  }
});

test('binary data is copied for each reader on the other side too, and travels without what is around it', () => {
  const form = valueForm('frozen');
  const large = new Uint8Array(1_000_000);
  const wire = storedToWire(form, form.takeIn({ part: large.subarray(0, 3), again: Buffer.from(large.buffer, 0, 2) }));
  const stored = storedFromWire(form, structuredClone(wire));
  const [one, two] = [form.handOut(stored), form.handOut(stored)] as { part: Uint8Array }[];
  one!.part[0] = 9;
  assert.is(two!.part[0], 0);
  assert.is(one!.part.buffer.byteLength, 3);
});

test('objects that look like marks arrive as they were', () => {
  const strange = { [MARK]: 'class', name: 'Price', fields: { inner: { [MARK]: 'Buffer', bytes: new Uint8Array(1) } } };
  for (const mode of MODES) deepStrictEqual(structuredClone(travelled(strange, mode)), structuredClone(strange));
  deepStrictEqual(structuredClone(travelled({ deep: strange })), structuredClone({ deep: strange }));
});

test('a value that is sent twice in one message is two equal values', () => {
  const form = valueForm('frozen');
  const stored = form.takeIn({ a: Buffer.from('x'), at: new Date(1), inner: { list: [new Date(2)] } });
  const wires = structuredClone([storedToWire(form, stored), storedToWire(form, stored)]);
  const [one, two] = wires.map((wire) => storedFromWire(form, wire));
  deepStrictEqual(form.handOut(one), form.handOut(two));
  assert.not(form.isShared(two));
  const plain = form.takeIn({ at: new Date(1), inner: { list: [new Date(2)] } });
  const [first, second] = structuredClone([storedToWire(form, plain), storedToWire(form, plain)]).map((wire) => storedFromWire(form, wire));
  deepStrictEqual(first, second);
  assert.ok(deeplyFrozen(second));
});

test('instances of registered classes travel by name', () => {
  registerClass(Price);
  for (const mode of ['frozen', 'trusted'] as const) {
    const arrived = travelled({ price: new Price(4), all: [new Price(5)] }, mode) as { price: Price; all: Price[] };
    assert.instance(arrived.price, Price);
    assert.is(arrived.price.doubled, 8);
    assert.is(arrived.all[0]!.doubled, 10);
    deepStrictEqual({ ...arrived.price.history[1]! }, { at: new Date(3) });
    if (mode === 'frozen') assert.ok(deeplyFrozen(arrived));
  }
  assert.instance(travelled(new Price(4)), Price);
  deepStrictEqual(structuredClone(travelled(EMPLOYEE)), structuredClone(EMPLOYEE)); // now with a walk
});

test('a class with private state travels by pack and unpack, and not without', () => {
  registerClass(Hidden, { copy: (secret) => new Hidden(secret.tell()) });
  refused(() => travelled({ a: [new Hidden('x')] }), /^a\[0\]: an instance of Hidden can't travel.*pack/);
  registerClass(Hidden, {
    name: 'vault.Hidden',
    copy: (secret) => new Hidden(secret.tell()),
    pack: (secret) => ({ text: secret.tell() }),
    unpack: (packed: { text: string }) => new Hidden(packed.text),
  });
  assert.is((travelled({ a: [new Hidden('x')] }) as { a: Hidden[] }).a[0]!.tell(), 'x');
  assert.throws(() => registerClass(Hidden, { pack: String }), /pack and unpack/);
});

test('names of classes must be clear', () => {
  const one = {
    Twin: class Twin {
      side = 0;
    },
  }.Twin;
  const two = {
    Twin: class Twin {
      side = 0;
    },
  }.Twin;
  registerClass(one);
  registerClass(two); // allowed as long as none travels
  refused(() => travelled(new two()), /several classes are registered as 'Twin'/);
  registerClass(two, { name: 'Twin2' });
  assert.throws(() => registerClass(one, { name: 'Twin2' }), /another class is registered as 'Twin2'/);
  assert.instance(travelled(new two()), two);
});

test('what is not registered does not travel, and what arrives from a class that is not known here is refused', () => {
  const form = valueForm('trusted');
  refused(
    () =>
      storedToWire(
        form,
        form.takeIn({
          a: new (class Odd {
            a = 1;
          })(),
        }),
      ),
    /^a: an instance of Odd can't travel/,
  );
  refused(() => storedToWire(form, form.takeIn({ a: [(): void => undefined] })), /^a\[0\]: a function can't travel/);
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  refused(() => storedToWire(form, form.takeIn(cycle)), /200 levels/);
  const wire = { [MARK]: 'shared', tree: { [MARK]: 'class', name: 'Nobody', fields: {} } };
  refused(() => storedFromWire(valueForm('frozen'), wire), /Nobody.*not registered here/);
});

test('values of users: what they have inside when given, frozen where they arrive', () => {
  for (const value of [undefined, null, 1, 'x', EMPLOYEE, Buffer.from('x'), [Buffer.from('x'), null]])
    deepStrictEqual(structuredClone(userFromWire(structuredClone(userToWire(value)))), structuredClone(value));
  const given = { list: [1] };
  const wire = userToWire(given);
  given.list.push(2);
  deepStrictEqual(wire, { list: [1] });
  assert.ok(deeplyFrozen(userFromWire(structuredClone(wire))));
  refused(() => userToWire({ a: (): void => undefined }), /^a: a function can't be stored/);
});

test('any value arrives as it was, in each form', () => {
  const values = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: false,
    withSparseArray: false,
    maxDepth: 4,
  });
  fc.assert(
    fc.property(values, fc.constantFrom(...MODES), (value, mode) => {
      if (value === null || value === undefined) return;
      deepStrictEqual(structuredClone(travelled({ value }, mode)), structuredClone({ value }));
      const form = valueForm(mode);
      const handed = userFromWire(structuredClone(handedToWire(form, form.handOut(form.takeIn({ value })))));
      deepStrictEqual(structuredClone(handed), structuredClone({ value }));
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test.run();
