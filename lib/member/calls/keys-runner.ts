/**
 * A call on several keys, run by the member that holds them: partition by partition, each under replication with an id of its own.
 *
 * Without a store, or with write-behind, the keys of a part are done in one go, so that what has changed and that it was done reach the replicas together.
 * Where that can't be, as somebody has locked one of them, nothing is done: the caller is told to call each key by itself.
 * With write-through all parts that can begin at the same time are done together, by one call of the store.
 */
import { Pace } from '../../base/pace.ts';
import { goOn } from '../../operations/answer.ts';
import type { KeyAddress } from '../../operations/home.ts';
import { areFree } from '../../operations/turn.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import { NotServedError, type CallId, type Replication } from '../../replication/replication.ts';
import { checkBackups, refuseAgain } from './call-runner.ts';
import type { AnyKeysOperation } from './call-verbs.ts';
import type { HeldMap } from '../cluster/catalog.ts';
import { stampInMemory } from './near-stamps.ts';

/** The keys of one partition. */
export interface KeysCall {
  readonly partition: number;
  readonly term: number;
  readonly id: CallId | undefined;
  readonly at: readonly KeyAddress[];
  readonly args: unknown;
  /** As `KeyCall.again`. */
  readonly again: boolean;
}

/** What became of the keys of one partition. `apart`: nothing; each is to be called by itself. `answer` is that of `use`; `stamps`, by key, go with one for another member that asked for them. */
export type KeysOutcome =
  | { readonly kind: 'answer'; readonly answer: unknown; readonly stamps?: readonly (ReadStamp | undefined)[] | undefined }
  | { readonly kind: 'apart' }
  | { readonly kind: 'refused'; readonly version: number; readonly began: boolean }
  | { readonly kind: 'error'; readonly error: unknown };

/** Kept in place of an answer, so that an attempt that comes late is told the same. */
const APART = 'apart';

/** Outcomes in the order of the calls; never rejects. `use`: what is kept, and given back, of an answer. */
export async function serveKeys(
  replication: Replication,
  held: HeldMap,
  operation: AnyKeysOperation,
  calls: readonly KeysCall[],
  use: (answer: unknown) => unknown,
  stamp?: ReadStamp,
): Promise<KeysOutcome[]> {
  const { home } = held.open;
  const isByStore = home.store !== undefined && home.behind === undefined;
  const together = isByStore && operation.argsOf !== undefined ? new Together(held, operation) : undefined;
  const asked = together === undefined && operation.apart !== undefined ? inOneGo(operation) : operation;
  const pace = new Pace(home.clock, home.slices.sliceMs);
  const outcomes: Promise<KeysOutcome>[] = [];
  for (const call of calls) {
    const run = (): unknown => together?.add(call) ?? held.routes.onKeys(asked, call.at, call.args);
    let stamps: readonly (ReadStamp | undefined)[] | undefined;
    const looked = (): unknown => {
      if (stamp !== undefined) stamps = call.at.map((at) => stampInMemory(stamp, held, at));
      return goOn(run(), use);
    };
    outcomes.push(outcomeOf(replication, held, operation, call, looked, () => stamps));
    if (together === undefined) await pace.step();
  }
  return Promise.all(outcomes);
}

async function outcomeOf(
  replication: Replication,
  held: HeldMap,
  operation: AnyKeysOperation,
  { partition, term, id, at, again }: KeysCall,
  run: () => unknown,
  stampsOf: () => readonly (ReadStamp | undefined)[] | undefined,
): Promise<KeysOutcome> {
  const { share } = held.open.home;
  const pending = (): number => (share === undefined ? 0 : Math.max(...at.map((one) => share.pendingOf(one))));
  let began = false;
  try {
    const answer = await replication.serve({ partition, term, id, pending }, () => {
      if (operation.once !== undefined) checkBackups(replication, held, partition);
      if (again && operation.stores === true) refuseAgain(held, operation.name, at);
      began = true;
      return run();
    });
    if (operation.apart !== undefined && answer === APART) return { kind: 'apart' };
    return { kind: 'answer', answer, stamps: stampsOf() };
  } catch (error) {
    return error instanceof NotServedError ? { kind: 'refused', version: error.version, began } : { kind: 'error', error };
  }
}

/** The same if it needs to wait for nobody; else nothing is done, and the answer is APART. */
function inOneGo(operation: AnyKeysOperation): AnyKeysOperation {
  return { ...operation, run: (home, at, args) => (areFree(home, at) ? operation.run(home, at, args) : APART) };
}

/** Calls that begin in the same tick, done as one. */
class Together {
  readonly #held: HeldMap;
  readonly #operation: AnyKeysOperation;
  #calls: KeysCall[] = [];
  #done: Promise<unknown> | undefined;

  constructor(held: HeldMap, operation: AnyKeysOperation) {
    this.#held = held;
    this.#operation = operation;
  }

  async add(call: KeysCall): Promise<unknown> {
    const from = this.#calls.reduce((count, { at }) => count + at.length, 0);
    this.#calls.push(call);
    this.#done ??= Promise.resolve().then(() => this.#run());
    const answer = await this.#done;
    const positions = Array.from(call.at, (_, i) => from + i);
    return this.#operation.answerOf?.(answer, positions) ?? answer;
  }

  #run(): unknown {
    const calls = this.#calls;
    this.#calls = [];
    this.#done = undefined;
    const at = calls.flatMap((call) => call.at);
    const args = calls.flatMap((call) => call.args as unknown[]);
    return this.#held.routes.onKeys(this.#operation, at, args);
  }
}
