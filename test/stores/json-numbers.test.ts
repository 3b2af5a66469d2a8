/** Numbers in JSON that JavaScript can't hold: a row that has one is refused when it is read, or read as the nearest if so wished. */
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseExactJson, parseExactJsonOfText } from '../../stores/knex/json-text.ts';
import { describe } from '../kit/describe.ts';
import { EFFORT, SEED } from '../kit/seed.ts';
import { collector } from './conformance.ts';
import { failure, openedStore } from './opened-store.ts';

const test = describe('KnexMapStore: numbers in JSON');
const signal = new AbortController().signal;

interface Order {
  readonly id: number;
  readonly g: unknown;
}

for (const type of ['jsonb', 'json', 'jsonb[]']) {
  test(`a row of ${type} with a number that would be rewritten is refused, by name`, async () => {
    const json = '{"lines":[{"orderId":9007199254740993}]}';
    const held = type === 'jsonb[]' ? `array['${json}'::jsonb]` : `'${json}'`;
    await using open = await openedStore<number, Order>(
      `create table people(id int primary key, g ${type}); insert into people values (1, null), (7, ${held})`,
    );
    const said = `'g' of the row of key 7 of "${open.db.name}"."people" can't be read: the number 9007199254740993 at .lines[0].orderId`;
    for (const call of [open.store.load(7), open.store.loadAll([1, 7]), open.store.loadOwned(collector<number, Order>().sink, signal)])
      assert.match((await failure(call)).message, said);
    assert.equal(await open.store.load(1), { id: 1, g: null });
  });
}

test(`json: 'nearest' reads such rows, of the store or of a column`, async () => {
  const sql = `create table people(id int primary key, g jsonb, h jsonb); insert into people values (1, '9007199254740993', '0.33333333333333333333')`;
  await using all = await openedStore<number, Order>(sql, { json: 'nearest' });
  assert.equal(await all.store.load(1), { id: 1, g: 9_007_199_254_740_992, h: 1 / 3 });
  await using one = await openedStore<number, Order>(sql, { columns: { id: true, g: { json: 'nearest' } } });
  assert.equal(await one.store.load(1), { id: 1, g: 9_007_199_254_740_992 });
});

test('all that JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
      const text = JSON.stringify([value, { number }]);
      assert.equal(parseExactJson(text), JSON.parse(text));
      assert.equal(parseExactJsonOfText(text), JSON.parse(text));
    }),
    { seed: SEED, numRuns: 300 * EFFORT },
  );
});

test('exactly the numbers that come back as others are refused, wherever they stand', () => {
  const digits = fc.tuple(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), fc.integer({ min: 0, max: 25 }));
  fc.assert(
    fc.property(digits, fc.string(), fc.nat(20), ([whole, scale], before, spaces) => {
      const text = `${whole}`.replace(/^-?/, (sign) => sign + (scale > 0 ? '0.' : '')) + (scale > 0 ? '0'.repeat(scale % 4) : '');
      const isExact = wholeOf(text) === wholeOf(String(Number(text)));
      const document = `[${JSON.stringify(before)},${' '.repeat(spaces)}${text}]`;
      if (isExact) assert.equal(parseExactJson(document), JSON.parse(document));
      else assert.throws(() => parseExactJson(document), (error: Error) => error.message.includes(`the number ${text} at [1]`)); // prettier-ignore
    }),
    { seed: SEED, numRuns: 500 * EFFORT },
  );
});

test('exponents beyond what doubles reach', () => {
  for (const text of ['1e400', '-1E+400', '1.5e-400', '123456789012345678e2'])
    assert.throws(() => parseExactJsonOfText(`{"a":${text}}`), `the number ${text} at .a`);
  for (const text of ['1e300', '1.50E-7', '0e999', '100000000000000000000', '0.000000000000000000001', '1.0000000000000000000'])
    assert.equal(parseExactJsonOfText(text), JSON.parse(text));
});

test.run();

/** A number's value by integers alone: in units of 10^-400. */
function wholeOf(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(`${whole}${fraction}`) * 10n ** BigInt(400 - fraction.length + Number(exponent));
}
