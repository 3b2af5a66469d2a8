/** Queries when entries live on several members (M42): nothing missed, nothing twice, while members come and go. */
import * as assert from 'uvu/assert';
import { Aggregators, type IMap } from '../../lib/index.ts';
import { AbortedError, ConfigError, PredicateSyntaxError, QueryResultSizeError } from '../../lib/errors.ts';
import { openCluster, type TestCluster } from '../kit/cluster.ts';
import { describe } from '../kit/describe.ts';
import { refusal } from '../kit/refusal.ts';

const test = describe('queries over members');

interface Employee {
  readonly id: number;
  readonly team: string;
  readonly salary: number;
  readonly raised?: number;
}
type Employees = IMap<number, Employee>;

const COUNT = 300;
const RAISE = { module: new URL('./raise.ts', import.meta.url).href, export: 'raise' };

async function employees(cluster: TestCluster): Promise<readonly Employees[]> {
  const maps: Employees[] = [];
  for (const { instance } of cluster.members) maps.push(await instance.getMap<number, Employee>('employees'));
  await maps[0]!.putAll(Array.from({ length: COUNT }, (_, id) => [id, { id, team: `t${id % 5}`, salary: 1000 + id }] as const));
  return maps;
}

const UNFINISHED: string = 'team =';
const ascending = (a: number, b: number): number => a - b;
const everyone = Array.from({ length: COUNT }, (_, id) => id);

test('any member answers for all of them', async () => {
  await using cluster = await openCluster(3);
  await cluster.add({ lite: true });
  for (const map of await employees(cluster)) {
    assert.is(await map.size(), COUNT);
    assert.is(await map.isEmpty(), false);
    assert.equal((await map.keySet()).sort(ascending), everyone);
    assert.is((await map.values('team = ? AND salary >= ?', 't1', 1100)).length, 40);
    assert.ok(await map.containsValue({ id: 7, team: 't2', salary: 1007 }));
    assert.not(await map.containsValue({ id: 7, team: 't2', salary: 0 }));
    assert.is(await map.aggregate(Aggregators.sum('salary')), (1000 + 1299) * 150);
    const teams = (await map.aggregate(Aggregators.groupBy('team', Aggregators.max('salary')))) as Map<string, number>;
    assert.equal([...teams].sort(), [
      ['t0', 1295],
      ['t1', 1296],
      ['t2', 1297],
      ['t3', 1298],
      ['t4', 1299],
    ]);
    assert.equal(await map.project(['team'], 'id = 3'), [{ team: 't3' }]);
    assert.equal(await map.query().orderBy('salary', 'desc').offset(1).limit(2).keys(), [298, 297]);
  }
});

test('each member has its share of the keys, a lite one none', async () => {
  await using cluster = await openCluster(3);
  const lite = await cluster.add({ lite: true });
  const maps = await employees(cluster);
  const shares: number[][] = [];
  for (const map of maps) shares.push(await map.localKeySet('salary >= 1000'));
  assert.equal(shares.flat().sort(ascending), everyone);
  assert.ok(shares.slice(0, 3).every((keys) => keys.length > 50));
  assert.is(cluster.members.indexOf(lite), 3);
  assert.equal(shares[3], []);
});

test('values arrive as they are kept: frozen, with their dates and maps', async () => {
  await using cluster = await openCluster(2);
  const [one, other] = await Promise.all(cluster.members.map(({ instance }) => instance.getMap<number>('things')));
  const value = { at: new Date(5), known: new Map([['a', 1n]]), list: [1, { deep: true }], bytes: new Uint8Array([1, 2]) };
  for (let key = 0; key < 20; key++) await one!.put(key, value);
  for (const map of [one!, other!]) {
    const found = (await map.values()) as (typeof value)[];
    assert.is(found.length, 20);
    for (const each of found) {
      assert.equal(each, value);
      assert.ok(Object.isFrozen(each.list));
    }
  }
});

test('entries are removed, raised and cleared wherever they are', async () => {
  await using cluster = await openCluster(3);
  const [one, other] = await employees(cluster);
  await one!.removeAll("team = 't1'");
  assert.is(await other!.size(), 240);
  const raised = await other!.executeOnEntries<number>(RAISE, "team = 't2'");
  assert.is(raised.size, 60);
  assert.equal(
    [...raised.values()].every((salary, i) => salary === 2000 + [...raised.keys()][i]!),
    true,
  );
  assert.is(await one!.query().where('raised = 1').count(), 60);
  const refused = await refusal(other!.executeOnEntries((entry) => entry.key));
  assert.instance(refused, ConfigError);
  await other!.clear();
  assert.is(await one!.size(), 0);
});

test('errors come through, and the limit of results holds over all', async () => {
  await using cluster = await openCluster(2, { maps: { employees: { resultSizeLimit: 200 } } });
  const [one, other] = await employees(cluster);
  assert.instance(await refusal(one!.values(UNFINISHED)), PredicateSyntaxError);
  assert.instance(await refusal(other!.values()), QueryResultSizeError);
  assert.is((await other!.query().orderBy('id').offset(150).limit(100).keys()).length, 100);
  assert.is(await other!.query().count(), COUNT);
});

test('an index is one for all, and plans are told member by member', async () => {
  await using cluster = await openCluster(2);
  const [one, other] = await employees(cluster);
  await one!.addIndex('salary', true);
  const explanation = await other!.query().where('salary < 1010').explain({ analyze: true });
  assert.is(explanation.actualRows, 10);
  assert.is(explanation.plan.operation, 'members');
  assert.equal(
    explanation.plan.children.map(({ operation }) => operation),
    ['index salary_sorted', 'index salary_sorted'],
  );
});

test('one by one, until somebody has had enough', async () => {
  await using cluster = await openCluster(3);
  const [, other] = await employees(cluster);
  const seen: number[] = [];
  for await (const { id } of other!.query()) {
    seen.push(id);
    if (seen.length === 10) break;
  }
  assert.is(new Set(seen).size, 10);
  const aborter = new AbortController();
  aborter.abort('enough');
  assert.instance(await refusal(other!.query().toArray({ signal: aborter.signal })), AbortedError);
});

test('members join and leave, and each entry is found once by every query', async () => {
  await using cluster = await openCluster(2, { leaseSeconds: 1 });
  const [map] = await employees(cluster);
  const coming = (async () => {
    await cluster.add();
    await cluster.add();
  })();
  const holders = (): number => new Set(cluster.members[0]!.member.membership.view.partitions.map(({ primary }) => primary)).size;
  for (let round = 0; holders() < 4; round++) {
    assert.equal((await map!.keySet()).sort(ascending), everyone, `round ${round}`);
    assert.is(await map!.query().where("team = 't3'").count(), 60);
    const seen: number[] = [];
    for await (const { id } of map!.query()) {
      seen.push(id);
      if (seen.length % 50 === 0) await map!.put(id, { id, team: `t${id % 5}`, salary: 1000 + id });
    }
    assert.equal(seen.sort(ascending), everyone, `round ${round}`);
  }
  await coming;
});

test('a member dies in the middle of an iteration', async () => {
  await using cluster = await openCluster(3, { leaseSeconds: 0.3 });
  const [map] = await employees(cluster);
  const seen: number[] = [];
  for await (const { id } of map!.query()) {
    seen.push(id);
    if (seen.length === 5) cluster.kill(cluster.members.at(-1)!);
  }
  assert.equal(seen.sort(ascending), everyone);
  assert.equal((await map!.keySet()).sort(ascending), everyone);
});

test.run();
