/** How a store is told to follow its table: options, and the names that follow from them. */
import { createHash } from 'node:crypto';

/** By triggers and LISTEN: the writers say which keys they changed, and the map reads those rows again. */
export interface FollowByNotify {
  readonly mode: 'notify';
  /**
   * Whether the writes of this map are announced to other programs that follow the table. Default true. false: for the only program that follows;
   * its writes then cost next to nothing more than without triggers.
   */
  readonly announce?: boolean;
}

/** By logical decoding: the server's log says what each row became. Needs `wal_level = logical` and the REPLICATION attribute. */
export interface FollowByReplication {
  readonly mode: 'replication';
  /**
   * Name of a replication slot that outlives a lost connection, so that nothing is missed and nothing need be compared when it is back. Made at the
   * start, dropped at the end; each map needs one of its own. After a crash of the program it stays until the next start, and the server keeps its log
   * for it: set `max_slot_wal_keep_size` there. Default: a temporary slot, which ends with its connection; then all is compared with the table.
   */
  readonly slot?: string;
  /** The publication that has the table. Default: one named after the table, created if it is missing and the role may. */
  readonly publication?: string;
}

export type FollowOptions = 'notify' | 'replication' | FollowByNotify | FollowByReplication;

export type ResolvedFollow =
  | { readonly mode: 'notify'; readonly announce: boolean }
  | { readonly mode: 'replication'; readonly slot: string | undefined; readonly publication: string | undefined };

export function resolveFollow(options: FollowOptions): ResolvedFollow {
  const given = typeof options === 'string' ? ({ mode: options } as FollowByNotify | FollowByReplication) : options;
  if (given.mode === 'notify') return { mode: 'notify', announce: given.announce ?? true };
  return { mode: 'replication', slot: given.slot, publication: given.publication };
}

/** Problems of what a user wrote, each to be put after `follow`. */
export function followProblems(options: unknown): string[] {
  if (options === 'notify' || options === 'replication') return [];
  const wrong = ["must be 'notify', 'replication', or an object with one of them as `mode`"];
  if (typeof options !== 'object' || options === null || !('mode' in options)) return wrong;
  const { mode } = options;
  if (mode !== 'notify' && mode !== 'replication') return wrong;
  const problems: string[] = [];
  const names = mode === 'notify' ? ['mode', 'announce'] : ['mode', 'slot', 'publication'];
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) problems.push(`has no option '${name}' for mode '${mode}'; it has ${names.join(', ')}`);
    else if (name === 'announce' && typeof value !== 'boolean') problems.push('announce must be true or false');
    else if (name === 'slot' && (typeof value !== 'string' || !SLOT_NAME.test(value)))
      problems.push('slot must be a name of lower-case letters, digits and underscores, 63 at most');
    else if (name === 'publication' && (typeof value !== 'string' || value === '')) problems.push('publication must be a name');
  }
  return problems;
}

/** What PostgreSQL takes for a slot. */
const SLOT_NAME = /^[a-z0-9_]{1,63}$/;

/** A short name that stands for these names: equal for equal ones. */
export function digest(...names: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16);
}
