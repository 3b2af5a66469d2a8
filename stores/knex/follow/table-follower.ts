/** What a store has to do with following its table: marks its writes, checks what is needed, begins to follow. Nothing of it when it does not follow. */
import type { ChangeFeed, ChangeSink } from '../../../lib/api/change-feed.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import { ConfigError, StoreSchemaError } from '../../../lib/errors.ts';
import type { Database } from '../database.ts';
import { failureKind } from '../failures.ts';
import type { TableMapping } from '../mapping.ts';
import { quoteName } from '../names.ts';
import type { BoundRow, Rows } from '../rows.ts';
import { ChangeLog } from './change-log.ts';
import { followProblems, resolveFollow, type FollowOptions, type ResolvedFollow } from './follow-options.ts';
import { findTable, followedTable, publicationOf } from './followed-table.ts';
import { NotifyFeed } from './notify-feed.ts';
import { newOrigin, originMark, type OwnWrites } from './own-writes.ts';
import { publicationFindings, publicationProblems, replicationProblems } from './publications.ts';
import { ReplicationFeed } from './replication-feed.ts';
import type { Asked, Findings } from './table-watch.ts';
import { channelOf, triggerPrint, triggerProblems } from './triggers.ts';

export interface TableFollowerOptions {
  readonly follow?: FollowOptions | undefined;
  readonly where?: string | undefined;
  readonly clock: Clock;
}

export class TableFollower<K, V> {
  readonly #follow: ResolvedFollow | undefined;
  readonly #clock: Clock;
  readonly #scope: ChangeFeed['scope'];
  readonly #origin = newOrigin();
  #mark: string | undefined;
  #feed: (ChangeFeed & OwnWrites) | undefined;

  /** Errors: ERR_CONFIG. */
  constructor({ follow, where, clock }: TableFollowerOptions) {
    const problems = follow === undefined ? [] : followProblems(follow);
    if (problems.length > 0) throw new ConfigError(`follow ${problems.join('; it ')}`, { details: { problems } });
    this.#follow = follow === undefined ? undefined : resolveFollow(follow);
    this.#scope = where === undefined ? 'table' : 'loaded';
    this.#clock = clock;
  }

  /** An expression that marks the transaction of a write as ours; `undefined` when nobody asks. Known once the table has been checked. */
  get mark(): string | undefined {
    return this.#mark;
  }

  /** What works, but may surprise. Makes the publication where that is all that is missing. Errors: ERR_STORE_SCHEMA. */
  async check(mapName: string, database: Database, mapping: TableMapping): Promise<string[]> {
    const follow = this.#follow;
    if (follow === undefined) return [];
    const table = await followedTable(database, mapping);
    this.#mark = originMark(follow, this.#origin, table.id);
    const problems = follow.mode === 'notify' ? triggerProblems(table, mapping) : replicationProblems(table, mapping);
    if (problems.length === 0 && follow.mode === 'replication')
      problems.push(...(await publicationProblems(database, table, publicationOf(table, follow.publication))));
    if (problems.length > 0) throw followError(mapName, problems);
    if (follow.mode === 'notify' || follow.slot === undefined || table.server.slotKeep !== '-1') return [];
    return [
      `should this program crash, the server keeps its whole log for the slot ${follow.slot} until it is back: set max_slot_wal_keep_size there`,
    ];
  }

  /** Resolves when no change can be missed any more; `undefined` when the store does not follow. Errors: pg's own. */
  async start(
    database: Database,
    mapping: TableMapping,
    rows: Rows<K, V>,
    sink: ChangeSink<K, V>,
    signal: AbortSignal,
  ): Promise<ChangeFeed | undefined> {
    const follow = this.#follow;
    if (follow === undefined) return undefined;
    const table = await followedTable(database, mapping);
    const look = (asked: Asked): Promise<Findings> => lookAt(asked, mapping, follow, table.id);
    const shared = { database, scope: this.#scope, sink, signal, clock: this.#clock, look };
    if (follow.mode === 'notify') {
      this.#feed = await new NotifyFeed({
        ...shared,
        rows,
        channel: channelOf(table),
        origin: follow.announce ? this.#origin : undefined,
      }).start();
    } else {
      this.#feed = await new ReplicationFeed({
        ...shared,
        log: new ChangeLog(rows, this.#origin, new Set(table.enumColumns.map(quoteName))),
        publication: publicationOf(table, follow.publication),
        slot: follow.slot ?? `cobnut_${this.#origin}`,
        isLasting: follow.slot !== undefined,
      }).start();
    }
    return this.#feed;
  }

  /** Runs a write of our own, so that it is known when the table tells of it. `write` tells how many rows each of its statements changed. */
  async watch<R>(rows: readonly BoundRow[], write: (wrote: (count: number) => void) => Promise<R>): Promise<R> {
    const feed = this.#feed;
    if (feed === undefined) return write(() => {});
    let written = 0;
    feed.began(rows);
    try {
      const result = await write((count) => (written += count));
      if (written < rows.length) feed.wroteFewer(rows);
      return result;
    } catch (error) {
      feed.failed(rows, failureKind(error) === 'connection');
      throw error;
    }
  }
}

/** How the table stands; `id`: under which it is followed. */
async function lookAt(asked: Asked, mapping: TableMapping, follow: ResolvedFollow, id: string): Promise<Findings> {
  const table = await findTable(asked, mapping);
  if (table === undefined || table.id !== id) return gone(`the table ${mapping.table}`);
  if (follow.mode === 'notify') return { problems: triggerProblems(table, mapping), print: triggerPrint(table) };
  const name = publicationOf(table, follow.publication);
  const found = (await publicationFindings(asked, table, name)) ?? gone(`publication ${quoteName(name)}`);
  return { ...found, problems: [...replicationProblems(table, mapping), ...found.problems] };
}

function gone(what: string): Findings {
  return { problems: [`${what} is gone`], print: '' };
}

export function followError(mapName: string, problems: readonly string[]): StoreSchemaError {
  const list = problems.map((problem) => `\n- ${problem}`).join('');
  return new StoreSchemaError(`map '${mapName}': the table can't be followed:${list}`, { details: { mapName, problems } });
}
