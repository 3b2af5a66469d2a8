/**
 * What `follow` needs in the database, made and removed: once, by whoever owns the table. The same SQL can be printed for somebody else to run.
 */
import { Database } from '../database.ts';
import type { TableMapping } from '../mapping.ts';
import { quoteName } from '../names.ts';
import { openTable } from '../open-table.ts';
import type { KnexMapStoreOptions } from '../options.ts';
import { followProblems, resolveFollow } from './follow-options.ts';
import { followedTable, publicationOf } from './followed-table.ts';
import { createPublication, publicationProblems, replicationProblems } from './publications.ts';
import { literal } from './replication-slot.ts';
import { installTriggers, removeTriggers, triggerProblems } from './triggers.ts';
import { followError } from './table-follower.ts';

/** The options of the store itself; its table must be named. */
export type FollowTarget = KnexMapStoreOptions<never> & { readonly table: string };

/**
 * Makes what the store's `follow` needs: triggers and their function for `notify`, the publication for `replication`. What is there already is
 * renewed. In one transaction; writers of the table wait for a moment. Errors: ERR_STORE_SCHEMA for what SQL on this table can't mend; pg's own,
 * such as 42501 when the role does not own the table.
 */
export async function installFollow(options: FollowTarget): Promise<void> {
  await inDatabase(options, async (database, mapping) => {
    const table = await followedTable(database, mapping);
    const follow = resolveFollow(options.follow ?? 'notify');
    if (follow.mode === 'notify') {
      await runAll(database, installTriggers(table, mapping));
      const problems = triggerProblems(await followedTable(database, mapping), mapping);
      if (problems.length > 0) throw followError(options.table, problems);
      return;
    }
    const problems = replicationProblems({ ...table, server: { ...table.server, mayReplicate: true } }, mapping);
    if (problems.length === 0) problems.push(...(await publicationProblems(database, table, publicationOf(table, follow.publication))));
    if (problems.length > 0) throw followError(options.table, problems);
  });
}

/** Removes what `installFollow`, and a slot after a crash, have left in the database. Nothing happens where there is nothing. */
export async function removeFollow(options: FollowTarget): Promise<void> {
  await inDatabase(options, async (database, mapping) => runAll(database, await statements(database, mapping, options, 'remove')));
}

/** What `installFollow` or `removeFollow` would run, as a script. Needs no right but to look at the catalog. */
export async function followSql(options: FollowTarget, what: 'install' | 'remove' = 'install'): Promise<string> {
  return inDatabase(options, async (database, mapping) => {
    const list = await statements(database, mapping, options, what);
    return `BEGIN;\n${list.map((text) => `${text};\n`).join('')}COMMIT;\n`;
  });
}

async function statements(database: Database, mapping: TableMapping, options: FollowTarget, what: 'install' | 'remove'): Promise<string[]> {
  const table = await followedTable(database, mapping);
  const follow = resolveFollow(options.follow ?? 'notify');
  if (follow.mode === 'notify') return what === 'install' ? installTriggers(table, mapping) : removeTriggers(table);
  const publication = publicationOf(table, follow.publication);
  if (what === 'install') return [createPublication(table, publication)];
  const dropSlot =
    follow.slot === undefined
      ? []
      : [`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${literal(follow.slot)}`];
  return [...dropSlot, `DROP PUBLICATION IF EXISTS ${quoteName(publication)}`];
}

async function inDatabase<T>(options: FollowTarget, use: (database: Database, mapping: TableMapping) => Promise<T>): Promise<T> {
  const wrong = options.follow === undefined ? [] : followProblems(options.follow);
  if (wrong.length > 0) throw followError(options.table, wrong);
  const database = new Database({ connection: options.connection, timeouts: options.timeouts, connections: 1, clock: options.clock });
  try {
    const { mapping } = await openTable(database, options.table, { ...options, readOnly: true, create: false });
    return await use(database, mapping);
  } finally {
    await database.close();
  }
}

function runAll(database: Database, list: readonly string[]): Promise<void> {
  return database.transaction('BEGIN', async (session) => {
    for (const text of list) await database.query(session, text, []);
  });
}
