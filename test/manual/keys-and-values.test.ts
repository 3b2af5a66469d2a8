/** M25-M27: keys by value, data affinity, values nobody can change from outside. */
import * as assert from 'uvu/assert';
import { Aggregators } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('manual: keys and values');

test('M25 keys are equal by value', async () => {
  await using opened = await openMap<unknown, string>();
  const { map } = opened;
  const keys = [1, '1', 1n, true, 'true', new Date(1), { a: 1, b: 'x' }, [1], [[1]], '', { a: { b: [1, null] } }];
  for (const [position, key] of keys.entries()) await map.put(key, `value ${position}`);
  assert.is(await map.size(), keys.length);
  assert.is(await map.get(1), 'value 0');
  assert.is(await map.get('1'), 'value 1');
  assert.is(await map.get(1n), 'value 2');
  assert.is(await map.get(new Date(1)), 'value 5');
  assert.is(await map.get({ b: 'x', a: 1 }), 'value 6');
  assert.is(await map.get([1]), 'value 7');
  assert.is(await map.get({ a: { b: [1, null] } }), 'value 10');
  assert.is(await map.get({ a: 1 }), undefined);
});

test('M25 NaN equals NaN, -0 equals 0', async () => {
  await using opened = await openMap<number, string>();
  await opened.map.put(NaN, 'nan');
  await opened.map.put(-0, 'zero');
  assert.is(await opened.map.get(NaN), 'nan');
  assert.is(await opened.map.get(0), 'zero');
  assert.is(await opened.map.put(0, 'null'), 'zero');
  assert.ok(Object.is((await opened.map.keySet(`this = 'null'`))[0], 0));
});

test('M25 what has no value of its own is no key', async () => {
  await using opened = await openMap<unknown, number>();
  for (const key of [undefined, null, () => 1, Symbol('k'), new Map(), Reflect, { a: () => 1 }]) {
    assert.is((await refusal(opened.map.put(key, 1))).code, 'ERR_KEY');
    assert.is((await refusal(opened.map.get(key))).code, 'ERR_KEY');
  }
  assert.is(await opened.map.size(), 0);
});

test('M26 a partitionKey decides the partition, the rest of the key does not', async () => {
  interface OrderKey {
    readonly partitionKey: string;
    readonly order: number;
  }
  await using opened = await openMap<OrderKey, number>();
  const { map } = opened;
  for (let order = 0; order < 50; order++) await map.put({ partitionKey: 'customer 7', order }, order);
  const { Predicates } = await import('../../lib/index.ts');
  const together = await map.values(Predicates.partition('customer 7', Predicates.alwaysTrue()));
  assert.is(together.length, 50);
});

test('M26 a configured partitionKey function', async () => {
  await using opened = await openMap<string, number>({ partitionKey: (key: string) => key.split('@')[1] });
  const { map } = opened;
  for (let n = 0; n < 50; n++) await map.put(`${n}@acme`, n);
  const { Predicates } = await import('../../lib/index.ts');
  assert.is((await map.values(Predicates.partition('acme', Predicates.alwaysTrue()))).length, 50);
});

test('M27 what went in and is changed later does not change the map', async () => {
  await using opened = await openMap<string, Record<string, unknown>>();
  const { map } = opened;
  const date = new Date(5);
  const bytes = new Uint8Array([1, 2, 3]);
  const value = { list: [1, { deep: true }], date, map: new Map([['a', [1]]]), set: new Set([1]), bytes, buffer: Buffer.from('hi') };
  await map.put('k', value);
  value.list.push(9);
  (value.list[1] as { deep: boolean }).deep = false;
  date.setTime(99);
  value.map.set('b', [2]);
  value.map.get('a')!.push(2);
  value.set.add(2);
  bytes[0] = 99;
  value.buffer[0] = 99;
  const kept = (await map.get('k')) as typeof value;
  assert.equal(kept.list, [1, { deep: true }]);
  assert.is(kept.date.getTime(), 5);
  assert.equal([...kept.map], [['a', [1]]]);
  assert.equal([...kept.set], [1]);
  assert.equal([...kept.bytes], [1, 2, 3]);
  assert.is(kept.buffer.toString(), 'hi');
});

test('M27 what came out can not be changed, or changing it does not reach the map', async () => {
  await using opened = await openMap<string, Record<string, unknown>>();
  const { map } = opened;
  await map.put('k', { n: 1, list: [1], date: new Date(5), map: new Map([['a', 1]]), set: new Set([1]), bytes: new Uint8Array([1]) });
  const attempts: ((value: Record<string, never>) => void)[] = [
    (value) => ((value as Record<string, unknown>)['n'] = 2),
    (value) => ((value as Record<string, unknown>)['more'] = 2),
    (value) => delete (value as Record<string, unknown>)['n'],
    (value) => (value['list'] as unknown as number[]).push(2),
    (value) => (value['date'] as unknown as Date).setTime(6),
    (value) => (value['date'] as unknown as Date).setFullYear(1),
    (value) => (value['map'] as unknown as Map<string, number>).set('a', 2),
    (value) => (value['map'] as unknown as Map<string, number>).clear(),
    (value) => (value['set'] as unknown as Set<number>).add(2),
    (value) => ((value['bytes'] as unknown as Uint8Array)[0] = 9),
  ];
  for (const attempt of attempts) {
    try {
      attempt((await map.get('k')) as Record<string, never>);
    } catch (error) {
      assert.instance(error, TypeError);
    }
    const kept = (await map.get('k'))!;
    assert.is(kept['n'], 1);
    assert.equal(Object.keys(kept), ['n', 'list', 'date', 'map', 'set', 'bytes']);
    assert.equal(kept['list'], [1]);
    assert.is((kept['date'] as Date).getTime(), 5);
    assert.equal([...(kept['map'] as Map<string, number>)], [['a', 1]]);
    assert.equal([...(kept['set'] as Set<number>)], [1]);
    assert.equal([...(kept['bytes'] as Uint8Array)], [1]);
  }
});

test('M27 what an aggregation gives can be changed without reaching the map', async () => {
  await using opened = await openMap<string, { group: number; bytes: Uint8Array; part: { bytes: Uint8Array } }>();
  const { map } = opened;
  await map.put('k', { group: 1, bytes: new Uint8Array([1]), part: { bytes: new Uint8Array([1]) } });
  const attempts = [
    ...(await map.aggregate(Aggregators.distinct('bytes'))),
    ...(await map.aggregate(Aggregators.groupBy('bytes'))).keys(),
    ...(await map.aggregate(Aggregators.groupBy('group', Aggregators.distinct('bytes')))).get(1)!,
    ...[...(await map.aggregate(Aggregators.distinct('part')))].map((part) => (part as { bytes: Uint8Array }).bytes),
  ];
  assert.is(attempts.length, 4);
  for (const bytes of attempts) (bytes as Uint8Array)[0] = 9;
  const kept = (await map.get('k'))!;
  assert.equal([...kept.bytes, ...kept.part.bytes], [1, 1]);
});

test('M27 what can not be kept safely is refused with the path, and nothing is stored', async () => {
  await using opened = await openMap<string, unknown>();
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  class Unregistered {
    readonly secret = 1;
  }
  const bad = [
    undefined,
    null,
    () => 1,
    Symbol('v'),
    { a: { f: () => 1 } },
    { p: Promise.resolve() },
    cyclic,
    { u: new Unregistered() },
    new WeakMap(),
  ];
  for (const value of bad) assert.is((await refusal(opened.map.put('k', value))).code, 'ERR_VALUE');
  assert.match((await refusal(opened.map.put('k', { a: [{ f: () => 1 }] }))).message, /a\[0\]\.f/);
  assert.is(await opened.map.size(), 0);
});

test('M27 no prototype pollution through values or predicates', async () => {
  await using opened = await openMap<string, unknown>();
  const { map } = opened;
  const hostile: unknown = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
  await map.put('k', hostile).catch(() => undefined);
  await map.put('plain', { a: 1 });
  assert.is(({} as Record<string, unknown>)['polluted'], undefined);
  for (const path of ['__proto__', '__proto__.polluted', 'constructor', 'constructor.name', 'toString', 'hasOwnProperty']) {
    const sql: string = `\`${path.split('.').join('`.`')}\` IS NOT NULL`;
    assert.not.ok((await map.keySet(sql)).includes('plain'), path);
  }
});

test('M27 trusted keeps references, binary keeps bytes', async () => {
  await using trusted = await openMap<string, { n: number }>({ values: 'trusted' });
  const value = { n: 1 };
  await trusted.map.put('k', value);
  assert.is(await trusted.map.get('k'), value);
  await using binary = await openMap<string, { n: number; d: Date }>({ values: 'binary', indexes: [{ attribute: 'n', ordered: true }] });
  await binary.map.put('k', { n: 1, d: new Date(3) });
  const read = (await binary.map.get('k'))!;
  read.n = 99;
  assert.equal(await binary.map.get('k'), { n: 1, d: new Date(3) });
  assert.equal(await binary.map.keySet('n = 1'), ['k']);
});

test.run();
