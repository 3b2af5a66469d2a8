/** Rows in one message: whatever they are, they arrive as they were. */
import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeRows, type EncodedRows, encodeRows } from '../../lib/transport/rows.ts';
import { describe } from '../kit/describe.ts';
import { SEED } from '../kit/seed.ts';

const test = describe('rows');

function encoded(rows: readonly unknown[]): EncodedRows {
  const work = encodeRows(rows.length, (from, to) => rows.slice(from, to));
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

function travelled(rows: readonly unknown[]): unknown[] {
  const { body, transfer } = encoded(rows);
  const arrived = decodeRows(structuredClone(body, { transfer: [...transfer] }));
  assert.is(arrived.length, rows.length);
  return Array.from({ length: arrived.length }, (_, i) => arrived.at(i));
}

test('rows of one shape, nested, of several shapes, and what is no object', () => {
  const employee = (id: number): object => ({
    id,
    salary: id % 3 === 0 ? -0 : id / 7,
    name: id === 5 ? '\ud800' : `name ${id}`,
    big: BigInt(id) ** 20n,
    hired: new Date(id),
    missing: undefined,
    address: { city: 'x', geo: { lat: NaN } },
    tags: [`a${id}`, 2],
  });
  const make: readonly ((i: number) => unknown)[] = [
    employee,
    (i) => (i % 100 === 99 ? { other: i } : employee(i)),
    (i) => (i % 2 === 0 ? { a: 1, b: 2 } : { b: 2, a: 1 }),
    (i) => [`key ${i}`, employee(i)],
    (i) => (i % 2 === 0 ? [i] : [i, i]),
    (i) => i,
    (i) => (i === 70 ? 'text' : i),
    (i) => (i % 2 === 0 ? null : undefined),
    () => ({}),
    () => [],
    (i) => new Map([[i, new Set([i])]]),
    (i) => ({ bytes: new Uint8Array([i % 256]), of: new Float64Array([i]) }),
    (i) => JSON.parse(`{"__proto__": ${i}, "constructor": 1}`),
    (i) => Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`p${at}`, i])),
  ];
  for (const one of make)
    for (const count of [0, 1, 63, 64, 256, 257, 700]) {
      const rows = Array.from({ length: count }, (_, i) => one(i));
      deepStrictEqual(travelled(rows), structuredClone(rows));
    }
});

test('any rows arrive as they were', () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withSparseArray: false });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (some) => {
      const rows = Array.from({ length: 100 }, (_, i) => some[i % some.length]);
      deepStrictEqual(travelled(rows), structuredClone(rows));
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('only what is looked at is decoded, each time anew', () => {
  const { body, transfer } = encoded(Array.from({ length: 1000 }, (_, id) => ({ id })));
  const arrived = decodeRows(structuredClone(body, { transfer: [...transfer] }));
  assert.equal(arrived.at(999), { id: 999 });
  assert.equal(arrived.at(3), { id: 3 });
  assert.not(arrived.at(3) === arrived.at(3));
  for (const nowhere of [-1, 1000, NaN]) assert.is(arrived.at(nowhere), undefined);
});

test('what is no data is refused', () => {
  assert.throws(() => encoded(Array.from({ length: 100 }, () => ({ run: (): void => undefined }))), /could not be cloned/);
});

test.run();
