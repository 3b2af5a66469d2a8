/** The replication stream in the small: its frames, whose transactions are visible, and which changes are our own or in doubt. */
import * as assert from 'uvu/assert';
import type { Change } from '../../lib/api/change-feed.ts';
import { ChangeLog } from '../../stores/knex/follow/change-log.ts';
import { readFrame, readPosition, writePosition, writeStatus, type LogMessage } from '../../stores/knex/follow/pgoutput.ts';
import { visibleIn } from '../../stores/knex/follow/visibility.ts';
import type { BoundRow, Rows } from '../../stores/knex/rows.ts';
import { describe } from '../kit/describe.ts';

const test = describe('the log of changes');

const bound = (key: string): BoundRow => ({ key, identity: key, order: [key], texts: [key] });
const text = (bytes: Buffer): string => String(bytes);
/** Keys and values are texts. */
const ROWS = {
  columns: [{ column: '"key"', codec: {} }, { column: '"value"', codec: {} }], // prettier-ignore
  keyCount: 1,
  readers: [text, text],
  keyOf: (fields: readonly unknown[]) => fields[0],
  valueOf: (fields: readonly unknown[]) => fields[1],
  bindKey: bound,
} as unknown as Rows<string, string>;

const RELATION: LogMessage = { kind: 'relation', relation: { id: 1, columns: ['value', 'key'] } };
const row = (key: string, value?: string): (Buffer | undefined)[] => [
  value === undefined ? undefined : Buffer.from(value),
  Buffer.from(key),
];
const put = (key: string, value?: string): LogMessage => ({ kind: 'update', relation: 1, before: undefined, row: row(key, value) });
const OWN: LogMessage = { kind: 'message', prefix: 'cobnut', content: 'me' };
let xid = 100;

function log(): { readonly changes: ChangeLog<string, string>; transaction(...messages: LogMessage[]): void } {
  const changes = new ChangeLog(ROWS, 'me', new Set());
  changes.read(RELATION);
  return {
    changes,
    transaction(...messages) {
      changes.read({ kind: 'begin', xid: ++xid });
      for (const message of messages) changes.read(message);
      changes.read({ kind: 'commit', end: BigInt(xid) });
    },
  };
}

const spell = (change: Change<string, string>): string =>
  [change.op, 'key' in change && change.key, 'value' in change && change.value, 'isDoubtful' in change && change.isDoubtful?.()]
    .filter((part) => part !== false)
    .join(' ');

test('what others do is told as it was', () => {
  const { changes, transaction } = log();
  transaction(
    { kind: 'insert', relation: 1, row: row('a', '1') },
    put('b', '2'),
    put('c'), // a long value that was not changed is not in the log
    { kind: 'update', relation: 1, before: row('d'), row: row('e', '5') },
    { kind: 'delete', relation: 1, before: row('f') },
    { kind: 'truncate', relations: [1] },
    { kind: 'truncate', relations: [2] },
    { kind: 'message', prefix: 'cobnut', content: 'somebody else' },
    put('g', '7'),
  );
  const batch = changes.take()!;
  assert.equal(batch.changes.map(spell), [
    'upsert a 1',
    'upsert b 2',
    'changed c',
    'delete d',
    'upsert e 5',
    'delete f',
    'truncate',
    'upsert g 7',
  ]);
  assert.equal([...batch.xids], [xid]);
  assert.is(batch.end, BigInt(xid));
  assert.is(changes.take(), undefined);
});

test('writes of our own are dropped once for each that began', () => {
  const { changes, transaction } = log();
  changes.began([bound('a'), bound('b')]);
  transaction(OWN, put('a', 'mine'), put('b', 'mine'));
  const echo = changes.take()!;
  assert.equal(echo.changes, []);
  changes.applied(echo);
  // One that nobody counts: its call had failed, or a trigger wrote the row again.
  transaction(OWN, put('a', 'mine'));
  assert.equal(changes.take()!.changes.map(spell), ['changed a']);
  changes.began([bound('c')]);
  changes.failed([bound('c')]);
  transaction(OWN, put('c', 'mine'));
  assert.equal(changes.take()!.changes.map(spell), ['changed c']);
  // The mark is for one transaction.
  transaction(put('a', 'his'));
  assert.equal(changes.take()!.changes.map(spell), ['upsert a his']);
});

test('a write of our own is dropped once, though the stream is read while what came before is being applied', () => {
  const { changes } = log();
  changes.began([bound('a')]);
  for (const message of [{ kind: 'begin', xid: ++xid } as const, OWN, put('a', 'mine')]) changes.read(message);
  const first = changes.take()!;
  assert.equal(first.changes, []);
  changes.read(put('a', "a trigger's")); // of the same transaction
  assert.equal(changes.take()!.changes.map(spell), ['changed a']);
  changes.applied(first);
});

test('while a write of ours has not come back, what others wrote to the key is in doubt', () => {
  const { changes, transaction } = log();
  changes.began([bound('a')]);
  transaction(put('a', 'his'), put('b', 'his'));
  const before = changes.take()!;
  assert.equal(before.changes.map(spell), ['upsert a his true', 'upsert b his']);
  changes.applied(before);
  transaction(OWN, put('a', 'mine'));
  transaction(put('a', 'later'));
  const after = changes.take()!;
  assert.equal(after.changes.map(spell), ['upsert a later']);
  changes.began([bound('a')]); // once more, before that is applied
  assert.equal(after.changes.map(spell), ['upsert a later true']);
  changes.applied(after);
  transaction(OWN, put('a', 'mine'));
  changes.applied(changes.take()!);
  transaction(put('a', 'at last'));
  assert.equal(changes.take()!.changes.map(spell), ['upsert a at last']);
});

test('a gap stands for all that came before it', () => {
  const { changes, transaction } = log();
  changes.began([bound('a')]);
  transaction(put('a', '1'));
  changes.gap('a test');
  assert.equal(changes.take()!.changes.map(spell), ['gap']);
  transaction(put('a', '2'));
  assert.equal(changes.take()!.changes.map(spell), ['upsert a 2']);
});

test('positions and frames', () => {
  for (const position of [0n, 1n, 0xffff_ffffn, 0x16_b374_d848n, 2n ** 63n]) assert.is(readPosition(writePosition(position)), position);
  assert.is(writePosition(0x16_b374_d848n), '16/B374D848');
  const keepalive = Buffer.alloc(18);
  keepalive[0] = 0x6b;
  keepalive.writeBigUInt64BE(77n, 1);
  keepalive[17] = 1;
  assert.equal(readFrame(keepalive), { kind: 'keepalive', serverEnd: 77n, wantsReply: true });
  assert.throws(() => readFrame(Buffer.from('?')), /unknown type 63/);
  const status = writeStatus(5n, Date.UTC(2000, 0, 1) + 1, true);
  assert.equal(
    [status[0], status.readBigUInt64BE(1), status.readBigUInt64BE(17), status.readBigInt64BE(25), status[33]],
    [0x72, 5n, 5n, 1000n, 1],
  );
});

test('a transaction is visible when it is neither under way nor to come, over the end of its 32 bits', () => {
  const isVisible = visibleIn('100:110:103,105');
  assert.equal([99, 102, 103, 104, 105, 109, 110, 111].map(isVisible), [true, true, false, true, false, true, false, false]);
  const wrapped = visibleIn(`4294967290:4294967300:4294967295,4294967298`);
  assert.equal([4_294_967_290, 4_294_967_295, 0, 2, 3, 4, 5].map(wrapped), [true, false, true, false, true, false, false]);
});

test.run();
