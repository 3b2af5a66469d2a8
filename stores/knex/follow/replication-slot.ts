/** The replication slot that a stream is read from: made, found, given up. */
import { pause } from '../../../lib/base/pause.ts';
import type { Clock } from '../../../lib/base/clock.ts';
import type { Database, OwnSession } from '../database.ts';
import { quoteName } from '../names.ts';
import { readPosition } from './pgoutput.ts';

const DROP_ATTEMPTS = 20;
const DROP_PAUSE_MS = 50;
const IN_USE = '55006';

export interface FoundSlot {
  /** From where to read. */
  readonly start: bigint;
  /** Why changes may have been missed, if so. */
  readonly gap: string | undefined;
}

/** Makes a slot that ends with its session. */
export async function temporarySlot(session: OwnSession, name: string, isFirst: boolean): Promise<FoundSlot> {
  const start = await createSlot(session, name, 'TEMPORARY ');
  return { start, gap: isFirst ? undefined : 'the connection was lost, and its temporary replication slot with it' };
}

/**
 * Finds the slot that outlives its connections, or makes it. For the first time it is always made anew: nothing is in memory that what it has kept could
 * be about, and only a new slot is sure to begin before the first load. `applied`: the position up to which memory is.
 */
export async function lastingSlot(session: OwnSession, name: string, isFirst: boolean, applied: bigint): Promise<FoundSlot> {
  const { rows } = await session.query(
    `SELECT plugin = 'pgoutput' AND database = current_database() AS is_ours, coalesce(wal_status, '') AS status
     FROM pg_replication_slots WHERE slot_name = ${literal(name)}`,
  );
  const [found] = rows;
  if (found?.['is_ours'] === false)
    throw new Error(`the replication slot ${name} belongs to something else: give \`follow.slot\` another name`);
  if (found !== undefined && !isFirst && found['status'] !== 'lost') return { start: applied, gap: undefined };
  if (found !== undefined) await session.query(`SELECT pg_drop_replication_slot(${literal(name)})`);
  const start = await createSlot(session, name, '');
  const why = found === undefined ? 'is gone' : 'was lost: the server kept no more than max_slot_wal_keep_size of its log';
  return { start, gap: isFirst ? undefined : `the replication slot ${name} ${why}` };
}

/** Drops the slot as soon as its connection is gone. Where that can't be done the slot stays, and is made anew at the next start. */
export async function dropSlot(database: Database, name: string, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < DROP_ATTEMPTS; attempt++) {
    try {
      await database.rows('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [name]);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === IN_USE)) return;
      await pause(clock, DROP_PAUSE_MS);
    }
  }
}

/** The position from which on the slot has everything. */
async function createSlot(session: OwnSession, name: string, kind: string): Promise<bigint> {
  const { rows } = await session.query(`CREATE_REPLICATION_SLOT ${quoteName(name)} ${kind}LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
  return readPosition(String(rows[0]!['consistent_point']));
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
