/** A call on one key, run by the member that holds it: under replication, so that its answer is given when what it saw and did is committed. */
import { GAVE_UP } from '../../base/turns.ts';
import { NotEnoughBackupsError, OutcomeUnknownError } from '../../errors.ts';
import type { KeyAddress, MapShare } from '../../operations/home.ts';
import { userKey } from '../../operations/memory.ts';
import type { CallId, Replication, ServedCall } from '../../replication/replication.ts';
import type { AnyKeyOperation } from './call-verbs.ts';
import type { How } from './call-wire.ts';
import type { HeldMap } from '../cluster/catalog.ts';

export interface KeyCall {
  readonly operation: AnyKeyOperation;
  readonly at: KeyAddress;
  readonly args: unknown;
  readonly how: How;
  /** Whether it may have been done before, under another term, without an answer that anybody knows. */
  readonly again: boolean;
}

/** As the owner is asked. */
export interface OwnersCall extends KeyCall {
  readonly term: number;
  readonly id: CallId | undefined;
}

/** Who has a call run. */
export interface Server<R> {
  /** Called when it is being run: if it is not, nothing has happened. */
  begun(): void;
  /** What is made of the verb's own answer, or of GAVE_UP: that is kept, and given back. */
  use(answer: unknown): R;
}

export function serveCall<R>(replication: Replication, held: HeldMap, call: OwnersCall, server: Server<R>): R | Promise<R> {
  return replication.serve(new Served(held, call), () => {
    const { operation, at, again } = call;
    if (operation.changes !== false) checkBackups(replication, held, at.partition);
    if (again && operation.stores === true) refuseAgain(held, operation.name, [at]);
    server.begun();
    const answer = run(held, call);
    return answer instanceof Promise ? answer.then((one) => server.use(one)) : server.use(answer);
  });
}

class Served implements ServedCall {
  readonly partition: number;
  readonly term: number;
  readonly id: CallId | undefined;
  readonly #at: KeyAddress;
  readonly #share: MapShare | undefined;

  constructor({ open }: HeldMap, { at, term, id }: OwnersCall) {
    this.partition = at.partition;
    this.term = term;
    this.id = id;
    this.#at = at;
    this.#share = open.home.share;
  }

  pending(): number {
    return this.#share === undefined ? 0 : this.#share.pendingOf(this.#at);
  }
}

/**
 * Memory that was changed under another term, and whose change never reached this member, is as it was; but the store has the change. So where writes
 * go through to a store, nobody can tell a store that was written by this very call from one that was written by another.
 */
export function refuseAgain(held: HeldMap, operation: string, at: readonly KeyAddress[]): void {
  if (!writesThrough(held)) return;
  const { name } = held;
  const message = `map '${name}': '${operation}' had begun when its member stopped serving the key; the store may have been changed by it, or not`;
  throw new OutcomeUnknownError(message, { details: { map: name, operation, ...(at.length === 1 ? { key: userKey(at[0]!) } : {}) } });
}

/** Whether its changes are in the store before they are in memory. */
export function writesThrough({ open }: HeldMap): boolean {
  const { store, behind } = open.home;
  return store?.writes === true && behind === undefined;
}

/** Throws NotEnoughBackupsError for a change of a partition that has too few backups. */
export function checkBackups(
  replication: Pick<Replication, 'backupsOf'>,
  { name, config: { minSyncBackups } }: Pick<HeldMap, 'name' | 'config'>,
  partition: number,
): void {
  if (minSyncBackups === 0) return;
  const backups = replication.backupsOf(partition);
  if (backups >= minSyncBackups) return;
  throw new NotEnoughBackupsError(
    `map '${name}': a change needs ${minSyncBackups} synchronous backups (\`minSyncBackups\`), and there are ${backups} now`,
    { details: { map: name, partition, backups, minSyncBackups } },
  );
}

/** The answer of a call as plain data. */
export function answerToWire({ operation, how }: Pick<KeyCall, 'operation' | 'how'>, { open }: HeldMap, answer: unknown): unknown {
  const { form } = open.home.records;
  const encode = (one: unknown): unknown => (operation.answer === undefined ? one : operation.answer.to(one, form));
  if (how === undefined || !('tries' in how)) return encode(answer);
  return answer === GAVE_UP ? [] : [encode(answer)];
}

function run({ routes }: HeldMap, { operation, at, args, how }: KeyCall): unknown {
  if (how === undefined) return routes.onKey(operation, at, args);
  if ('token' in how) return routes.heldOnKey(operation, at, args, how.token);
  return routes.tryOnKey(operation, at, args, how.tries);
}
