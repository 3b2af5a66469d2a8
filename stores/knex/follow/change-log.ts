/**
 * From the messages of a replication stream to batches of changes, and which of them are our own.
 *
 * Writes of this store come back in the stream, marked, after they have been written to memory: they are counted when they begin, and dropped when
 * they come. While a key has a write of ours that has not come back, what others wrote to it may be older than that write: then it is in doubt, and
 * the map reads the row. So it does when a write comes back that nobody counts, because its call had failed with an unknown outcome.
 */
import type { Change } from '../../../lib/api/change-feed.ts';
import type { BoundRow, Rows } from '../rows.ts';
import { loggedRows, type LoggedRows } from './logged-rows.ts';
import { MESSAGE_PREFIX, subtract, UnseenWrites, type OwnWrites } from './own-writes.ts';
import type { LogMessage, Tuple } from './pgoutput.ts';

export interface LogBatch<K, V> {
  readonly changes: readonly Change<K, V>[];
  /** Up to where the log is told when these are applied; `undefined` when no transaction has ended. */
  readonly end: bigint | undefined;
  /** Our own writes in it: they have been seen when it is applied. */
  readonly echoes: ReadonlyMap<string, number>;
  /** The transactions that changes are of. */
  readonly xids: ReadonlySet<number>;
}

export class ChangeLog<K, V> implements OwnWrites {
  readonly #rows: Rows<K, V>;
  readonly #origin: string;
  readonly #sameForm: ReadonlySet<string>;
  readonly #relations = new Map<number, LoggedRows<K, V>>();
  readonly #unseen = new UnseenWrites();
  #isOwn = false;
  #xid = 0;
  #changes: Change<K, V>[] = [];
  #echoes = new Map<string, number>();
  /** The echoes of all batches that are not applied yet, this one's included. */
  readonly #told = new Map<string, number>();
  #xids = new Set<number>();
  #end: bigint | undefined;
  /** Whether the stream is in the middle of a transaction. */
  isInside = false;

  constructor(rows: Rows<K, V>, origin: string, sameForm: ReadonlySet<string>) {
    this.#rows = rows;
    this.#origin = origin;
    this.#sameForm = sameForm;
  }

  /** Changes that wait to be taken. */
  get size(): number {
    return this.#changes.length;
  }

  began(rows: readonly BoundRow[]): void {
    this.#unseen.began(rows);
  }

  wroteFewer(rows: readonly BoundRow[]): void {
    this.#unseen.uncount(rows);
  }

  failed(rows: readonly BoundRow[]): void {
    this.#unseen.uncount(rows);
  }

  /** A stream begins anew: it describes its tables again, and begins with a whole transaction. */
  restart(): void {
    this.#relations.clear();
    this.isInside = false;
    this.#isOwn = false;
  }

  gap(reason: string): void {
    this.#changes = [{ op: 'gap', reason }];
    this.#echoes = new Map();
    this.#xids = new Set();
    this.#unseen.clear();
    this.#told.clear();
  }

  read(message: LogMessage): void {
    switch (message.kind) {
      case 'begin':
        this.isInside = true;
        this.#isOwn = false;
        this.#xid = message.xid;
        break;
      case 'commit':
        this.isInside = false;
        this.#end = message.end;
        break;
      case 'message':
        if (message.prefix === MESSAGE_PREFIX && message.content === this.#origin) this.#isOwn = true;
        break;
      case 'relation':
        this.#relations.set(message.relation.id, loggedRows(this.#rows, message.relation, this.#sameForm));
        break;
      case 'truncate':
        if (message.relations.some((id) => this.#relations.has(id))) this.#tell({ op: 'truncate' });
        break;
      case 'insert':
        this.#row(this.#relations.get(message.relation)!, undefined, message.row);
        break;
      case 'update':
        this.#row(this.#relations.get(message.relation)!, message.before, message.row);
        break;
      case 'delete':
        this.#row(this.#relations.get(message.relation)!, message.before, undefined);
        break;
    }
  }

  /** What has come since the last time, if anything. */
  take(): LogBatch<K, V> | undefined {
    if (this.#changes.length === 0 && this.#echoes.size === 0 && this.#end === undefined) return undefined;
    const batch = { changes: this.#changes, end: this.#end, echoes: this.#echoes, xids: this.#xids };
    this.#changes = [];
    this.#echoes = new Map();
    this.#xids = new Set();
    this.#end = undefined;
    return batch;
  }

  applied({ echoes }: LogBatch<K, V>): void {
    for (const [identity, count] of echoes) {
      this.#unseen.seen(identity, count);
      subtract(this.#told, identity, count);
    }
  }

  #row(logged: LoggedRows<K, V>, before: Tuple | undefined, after: Tuple | undefined): void {
    if (before !== undefined) {
      const key = logged.keyOf(before);
      const identity = this.#identityOf(key);
      // Of an update, only where it moved the row to another key.
      if (after === undefined || identity !== this.#identityOf(logged.keyOf(after))) this.#push(identity, { op: 'delete', key });
    }
    if (after === undefined) return;
    const key = logged.keyOf(after);
    const identity = this.#identityOf(key);
    if (this.#isOwn) return this.#push(identity, { op: 'changed', key });
    const value = this.#valueOf(logged, after);
    this.#push(identity, value === undefined ? { op: 'changed', key } : { op: 'upsert', key, value });
  }

  /** What can't be decoded is read from the table, where the error belongs to the reading. */
  #valueOf(logged: LoggedRows<K, V>, row: Tuple): V | undefined {
    try {
      return logged.valueOf(row);
    } catch {
      return undefined;
    }
  }

  #push(identity: string, change: Extract<Change<K, V>, { readonly key: K }>): void {
    const echoes = this.#echoes.get(identity) ?? 0;
    const told = this.#told.get(identity) ?? 0;
    if (!this.#isOwn) {
      // When it is applied, the batches before it have been.
      const isDoubtful = (): boolean => this.#unseen.of(identity) > echoes;
      this.#tell(change.op === 'changed' ? change : { ...change, isDoubtful });
    } else if (this.#unseen.of(identity) > told) {
      this.#echoes.set(identity, echoes + 1);
      this.#told.set(identity, told + 1);
    } else this.#tell({ op: 'changed', key: change.key });
  }

  #tell(change: Change<K, V>): void {
    this.#changes.push(change);
    this.#xids.add(this.#xid);
  }

  #identityOf(key: K): string {
    return this.#rows.bindKey(key).identity;
  }
}
