/** A member's part of a query: over what it serves all the time, as a whole where it can be, by partition where something comes or goes. */
import * as assert from 'uvu/assert';
import type { ClusterView } from '../../lib/api/coordinator.ts';
import { cover, type Covered } from '../../lib/member/queries/query-cover.ts';
import type { MapHome, PartitionTest } from '../../lib/operations/home.ts';
import { NotServedError } from '../../lib/replication/replication.ts';
import { describe } from '../kit/describe.ts';

const test = describe('what a query covers');

const PARTITIONS = 6;

/** Partitions of a member, as a test wants them. */
class Holder {
  generation = 1;
  arrivals = 0;
  readonly serving = new Set([0, 1, 2]);
  readonly owned = new Set([0, 1, 2]);
  terms = Array.from({ length: PARTITIONS }, () => 1);
  settles: (() => boolean)[] = [];
  /** What was asked for at each look: partitions, or 'all'. */
  readonly looks: (readonly number[] | 'all')[] = [];

  lose(partition: number): void {
    this.serving.delete(partition);
    this.owned.delete(partition);
    this.generation++;
  }

  get view(): ClusterView {
    return { partitions: this.terms.map((term) => ({ term })) } as unknown as ClusterView;
  }

  serves(partition: number): boolean {
    return this.serving.has(partition);
  }

  owns(partition: number): boolean {
    return this.owned.has(partition);
  }

  settled(): boolean {
    return (this.settles.shift() ?? (() => true))();
  }

  cover(asked: readonly number[], during: (look: number) => void = () => {}): Promise<Covered<number>> {
    return cover(
      { replication: this, membership: this, yield: () => Promise.resolve() },
      { share: this } as unknown as MapHome,
      asked,
      async (only: PartitionTest | undefined) => {
        this.looks.push(only === undefined ? 'all' : Array.from({ length: PARTITIONS }, (_, i) => i).filter(only));
        await Promise.resolve();
        during(this.looks.length);
        return this.looks.length;
      },
    );
  }
}

const ALL = [0, 1, 2, 3, 4, 5];

test('what is asked for is all there is: looked at as a whole', async () => {
  const holder = new Holder();
  assert.equal(await holder.cover(ALL), { partitions: [0, 1, 2], part: 1 });
  assert.equal(holder.looks, ['all']);
});

test('by partition when only some are asked for, or one is still coming', async () => {
  const some = new Holder();
  assert.equal(await some.cover([1, 2, 5]), { partitions: [1, 2], part: 1 });
  assert.equal(some.looks, [[1, 2]]);
  const becoming = new Holder();
  becoming.owned.add(4);
  assert.equal((await becoming.cover(ALL)).partitions, [0, 1, 2]);
  assert.equal(becoming.looks, [[0, 1, 2]]);
});

test('what came in meanwhile makes a look at the whole worthless', async () => {
  const holder = new Holder();
  const covered = await holder.cover(ALL, (look) => {
    if (look === 1) holder.arrivals++;
  });
  assert.equal(covered, { partitions: [0, 1, 2], part: 2 });
  assert.equal(holder.looks, ['all', [0, 1, 2]]);
});

test('what went meanwhile is not answered about', async () => {
  const holder = new Holder();
  const covered = await holder.cover(ALL, (look) => {
    if (look < 3) holder.lose(look);
  });
  assert.equal(covered, { partitions: [0], part: 3 });
  assert.equal(holder.looks, ['all', [0, 2], [0]]);
});

test('what went and came back under another term may have changed elsewhere', async () => {
  const holder = new Holder();
  await holder.cover([0, 1], (look) => {
    if (look === 1) holder.terms[1] = 2;
  });
  assert.equal(holder.looks, [
    [0, 1],
    [0, 1],
  ]);
});

test('nothing is answered that is not committed', async () => {
  const holder = new Holder();
  holder.settles = [
    () => {
      holder.lose(0);
      return false;
    },
  ];
  assert.equal(await holder.cover(ALL), { partitions: [1, 2], part: 2 });
});

test('a change that came too late is made where the partition is now; other errors come through', async () => {
  const holder = new Holder();
  const covered = await holder.cover(ALL, (look) => {
    if (look > 1) return;
    holder.lose(2);
    throw new NotServedError(7);
  });
  assert.equal(covered, { partitions: [0, 1], part: 2 });
  const failing = new Holder().cover(ALL, () => {
    throw new TypeError('no');
  });
  assert.instance(await failing.catch((error: unknown) => error), TypeError);
});

test('it is given up, and left to the caller to ask again, when nothing stays as it is', async () => {
  const holder = new Holder();
  const covered = await holder.cover([0, 1], () => holder.terms[0]!++);
  assert.equal(covered, { partitions: [], part: undefined });
  assert.is(holder.looks.length, 8);
  holder.serving.clear();
  assert.equal((await holder.cover(ALL)).partitions, []);
});

test.run();
