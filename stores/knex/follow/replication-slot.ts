/** The replication slot that a stream is read from: made, found, given up. */
import type { Clock } from '../../../lib/base/clock.ts';
import type { OwnSession } from '../database.ts';
import { quoteName } from '../names.ts';
import { readPosition } from './pgoutput.ts';

/** How long the server may take to make a slot: it waits for all transactions that write to end. */
const CREATE_MS = 30_000;

export interface FoundSlot {
  /** From where to read. */
  readonly start: bigint;
  /** Why changes may have been missed, if so. */
  readonly gap: string | undefined;
}

/** Makes a slot that ends with its session. */
export async function temporarySlot(session: OwnSession, name: string, isFirst: boolean, clock: Clock): Promise<FoundSlot> {
  const start = await createSlot(session, name, 'TEMPORARY ', clock);
  return { start, gap: isFirst ? undefined : 'the connection was lost, and its temporary replication slot with it' };
}

/**
 * Finds the permanent slot, or makes it. For the first time what it has kept is left out: nothing is in memory that it could be about. `applied`:
 * the position up to which memory is.
 */
export async function permanentSlot(
  session: OwnSession,
  name: string,
  isFirst: boolean,
  applied: bigint,
  clock: Clock,
): Promise<FoundSlot> {
  const { rows } = await session.query(
    `SELECT plugin, database = current_database() AS here, coalesce(wal_status, '') AS status, pg_current_wal_lsn()::text AS now
     FROM pg_replication_slots WHERE slot_name = ${literal(name)}`,
  );
  const [found] = rows;
  if (found !== undefined && (found['plugin'] !== 'pgoutput' || (found['here'] !== true && found['here'] !== 't'))) {
    throw new Error(`the replication slot ${name} belongs to something else: give \`follow.slot\` another name`);
  }
  if (found !== undefined && found['status'] !== 'lost') {
    return isFirst ? { start: readPosition(String(found['now'])), gap: undefined } : { start: applied, gap: undefined };
  }
  if (found !== undefined) await session.query(`SELECT pg_drop_replication_slot(${literal(name)})`);
  const start = await createSlot(session, name, '', clock);
  const why = found === undefined ? 'is gone' : 'was lost: the server kept no more than max_slot_wal_keep_size of its log';
  return { start, gap: isFirst ? undefined : `the replication slot ${name} ${why}` };
}

/** The position from which on the slot has everything. */
async function createSlot(session: OwnSession, name: string, kind: string, clock: Clock): Promise<bigint> {
  const overdue = clock.after(CREATE_MS, () => {
    session.connection.stream.destroy(
      new Error(`PostgreSQL made no replication slot within ${CREATE_MS} ms: it waits for a transaction that has been open for long`),
    );
  });
  try {
    const { rows } = await session.query(`CREATE_REPLICATION_SLOT ${quoteName(name)} ${kind}LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
    return readPosition(String(rows[0]!['consistent_point']));
  } finally {
    overdue.cancel();
  }
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
