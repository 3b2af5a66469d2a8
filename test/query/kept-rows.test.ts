/** Rows that wait to be taken: whole partitions, for as long as they are served under the term they were found in. */
import * as assert from 'uvu/assert';
import { KeptRows, type TakenRows } from '../../lib/member/queries/kept-rows.ts';
import { describe } from '../kit/describe.ts';

const test = describe('rows that are kept');

/** Rows of partitions 0 to 4; what is taken is the numbers of the partitions. */
class Member {
  readonly gone = new Set<number>();
  readonly terms = [1, 1, 1, 1, 1];
  isSettled = true;
  readonly kept: KeptRows;

  constructor(counts: readonly number[]) {
    const rows = { counts: new Map(counts.entries()), take: (partitions: readonly number[]) => partitions.join() };
    this.kept = new KeptRows({ replication: this, membership: this } as never, [0, 1, 2, 3, 4], rows);
  }

  get view(): object {
    return { partitions: this.terms.map((term) => ({ term })) };
  }

  serves(partition: number): boolean {
    return !this.gone.has(partition);
  }

  settled(): boolean {
    return this.isSettled;
  }
}

async function all({ kept }: Member): Promise<readonly TakenRows[]> {
  const taken: TakenRows[] = [];
  while (kept.isOpen) taken.push(await kept.next());
  return taken;
}

test('some thousand at a time, partitions always whole', async () => {
  const member = new Member([1000, 1000, 1000, 5000, 1]);
  assert.equal(await all(member), [
    { part: '0,1,2', given: [0, 1, 2], lost: [], done: false },
    { part: '3', given: [3], lost: [], done: false },
    { part: '4', given: [4], lost: [], done: true },
  ]);
});

test('a partition that went, or came back under another term, is lost as a whole', async () => {
  const member = new Member([1, 1, 1, 1, 1]);
  member.gone.add(1);
  member.terms[3] = 2;
  assert.equal(await all(member), [{ part: '0,2,4', given: [0, 2, 4], lost: [1, 3], done: true }]);
});

test('nothing is given that is not committed', async () => {
  const member = new Member([1, 1, 1, 1, 1]);
  member.isSettled = false;
  assert.equal(await all(member), [{ part: undefined, given: [], lost: [0, 1, 2, 3, 4], done: true }]);
});

test('nothing is left to give', async () => {
  const member = new Member([1, 1, 1, 1, 1]);
  for (let partition = 0; partition < 5; partition++) member.gone.add(partition);
  assert.equal(await all(member), [{ part: undefined, given: [], lost: [0, 1, 2, 3, 4], done: true }]);
});

test.run();
