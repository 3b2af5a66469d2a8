/** M18, M41, M47: indexes before and after data, and the spread of entries over partitions. */
import * as assert from 'uvu/assert';
import { newInstance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';
import { refusal } from '../kit/refusal.ts';
import { EMPLOYEES, idsOf, type Employee } from './employees.ts';

const test = describe('manual: indexes and partitions');
const young = idsOf(({ active, age }) => active && age < 30);

async function answersRight(map: { keySet(predicate: string): Promise<number[]> }): Promise<void> {
  assert.equal(
    (await map.keySet('active AND age < 30')).toSorted((a, b) => a - b),
    young,
  );
}

test('M18 the manual’s addIndex("age", true), addIndex("active", false), before data', async () => {
  await using opened = await openMap<number, Employee>();
  await opened.map.addIndex('age', true);
  await opened.map.addIndex('active', false);
  await opened.map.putAll(EMPLOYEES);
  await answersRight(opened.map);
});

test('M18 addIndex on existing data, while it changes', async () => {
  await using opened = await openMap<number, Employee>();
  const { map } = opened;
  await map.putAll(EMPLOYEES);
  const building = [
    map.addIndex('age', true),
    map.addIndex('active', false),
    map.addIndex({ type: 'SORTED', attributes: ['active', 'age'] }),
  ];
  for (const id of young.slice(0, 5)) await map.remove(id);
  for (const id of young.slice(0, 5)) await map.put(id, EMPLOYEES.get(id)!);
  await Promise.all(building);
  await answersRight(map);
});

test('M41 indexes declared in the configuration', async () => {
  await using opened = await openMap<number, Employee>({
    indexes: [{ attribute: 'name' }, { attribute: 'age', ordered: true }, { type: 'BITMAP', attributes: ['active'] }],
  });
  await opened.map.putAll(EMPLOYEES);
  await answersRight(opened.map);
});

for (const type of ['SORTED', 'HASH', 'BITMAP'] as const) {
  test(`M41 ${type} indexes, one attribute and several`, async () => {
    await using opened = await openMap<number, Employee>();
    const { map } = opened;
    await map.addIndex({ type, attributes: ['age'] });
    if (type !== 'BITMAP') await map.addIndex({ type, attributes: ['active', 'age'], name: 'both' });
    await map.putAll(EMPLOYEES);
    await answersRight(map);
    const same = idsOf(({ active, age }) => active && age === 20);
    assert.equal(
      (await map.keySet('active = TRUE AND age = 20')).toSorted((a, b) => a - b),
      same,
    );
    for (const id of young) await map.remove(id);
    assert.equal(await map.keySet('active AND age < 30'), []);
  });
}

test('M41 a second identical call does nothing', async () => {
  await using opened = await openMap<number, Employee>();
  const { map } = opened;
  await map.putAll(EMPLOYEES);
  await map.addIndex('age', true);
  const { indexBytes } = map.getLocalMapStats();
  await map.addIndex('age', true);
  await map.addIndex({ type: 'SORTED', attributes: ['age'] });
  assert.is(map.getLocalMapStats().indexBytes, indexBytes);
});

test('M41 an index that can not be is refused with a reason', async () => {
  await using opened = await openMap<number, Employee>();
  const bad = [
    { type: 'SORTED', attributes: [] },
    { type: 'SORTED', attributes: ['a..b'] },
    { type: 'TREE' as 'HASH', attributes: ['age'] },
    { type: 'HASH', attributes: ['age', 'age'] },
  ] as const;
  for (const definition of bad) {
    const error = await refusal(opened.map.addIndex(definition), JSON.stringify(definition));
    assert.is(error.code, 'ERR_INDEX', error.message);
  }
});

test('M47 entries spread almost evenly over 271 partitions', async () => {
  const { toKey } = await import('../../lib/data/key.ts');
  const { partitionOf } = await import('../../lib/data/partitioning.ts');
  const kinds: ((n: number) => unknown)[] = [(n) => n, (n) => `customer-${n}`, (n) => BigInt(n) * 1000n, (n) => ({ id: n })];
  for (const kind of kinds) {
    const counts = new Int32Array(271);
    for (let n = 0; n < 271 * 200; n++) {
      const key = toKey(kind(n));
      counts[partitionOf(key, 271)]!++;
    }
    assert.ok(Math.min(...counts) > 120 && Math.max(...counts) < 300, `${Math.min(...counts)}..${Math.max(...counts)}`);
  }
});

test('M47 another number of partitions may be configured', async () => {
  await using instance = newInstance({ partitionCount: 1 });
  const map = await instance.getMap<number, Employee>('one');
  await map.putAll(EMPLOYEES);
  await answersRight(map);
});

test.run();
