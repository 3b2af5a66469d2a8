/** Whether each key of a map answers as if its calls came one after the other, whatever call, store or lock is used. */
import type { MapOptions } from '../../lib/api/instance.ts';
import type { LockHandle } from '../../lib/api/lock.ts';
import type { IMap } from '../../lib/api/map.ts';
import { CobnutError } from '../../lib/errors.ts';
import type { Exam, ExamWorld, User } from './exam.ts';
import { accusation, explains, type RegisterCall, type RegisterKind } from './register.ts';
import type { SimProcess } from './sim-process.ts';

const PROCESSORS = new URL('processors.ts', import.meta.url).href;

/** How a call is made: which method, and as what it counts. */
const WAYS = {
  get: 'get',
  getAll: 'get',
  put: 'put',
  set: 'put',
  putAll: 'put',
  swapAll: 'put',
  putIfAbsent: 'putIfAbsent',
  replaceIfSame: 'replaceIfSame',
  remove: 'remove',
  delete: 'remove',
  removeIfSame: 'removeIfSame',
  swap: 'put',
  take: 'remove',
  lockedSwap: 'put',
  tryPut: 'put',
} as const satisfies Readonly<Record<string, RegisterKind>>;
type Way = keyof typeof WAYS;
/** Those on all keys at once: a call on each of them. */
const MANY: ReadonlySet<Way> = new Set(['getAll', 'putAll', 'swapAll']);
type Observing = { -readonly [name in keyof RegisterCall]: RegisterCall[name] };
export type Ways = Readonly<Partial<Record<Way, number>>>;

export const ALL_WAYS: Ways = {
  get: 30,
  getAll: 4,
  put: 16,
  set: 8,
  putAll: 3,
  swapAll: 2,
  putIfAbsent: 6,
  replaceIfSame: 9,
  remove: 5,
  delete: 2,
  removeIfSame: 4,
  swap: 7,
  take: 3,
  lockedSwap: 5,
  tryPut: 3,
};

export interface RegisterExamOptions {
  readonly mapName: string;
  readonly keys?: number;
  readonly ways?: Ways;
  readonly options: MapOptions;
  /** Table of the database, when the map has a store: it must have the same in the end, and nothing is ever lost. */
  readonly table?: string;
}

export class RegisterExam implements Exam {
  readonly mapName: string;
  readonly #world: ExamWorld;
  readonly #options: Required<Omit<RegisterExamOptions, 'table'>> & Pick<RegisterExamOptions, 'table'>;
  readonly #history: RegisterCall[] = [];
  readonly #atEnd = new Map<string, number | null>();
  #values = 0;

  constructor(world: ExamWorld, options: RegisterExamOptions) {
    this.#world = world;
    this.#options = { keys: 3, ways: ALL_WAYS, ...options };
    this.mapName = options.mapName;
  }

  get calls(): readonly RegisterCall[] {
    return this.#history;
  }

  options(process: SimProcess): MapOptions {
    const { options, table } = this.#options;
    if (table === undefined) return options;
    return { ...options, mapStore: { ...options.mapStore, implementation: this.#world.database.storeFor(process, table) } };
  }

  async step(user: User): Promise<void> {
    const { clock } = user.process;
    const { keys, ways } = this.#options;
    const way = this.#world.chance.weighted<Way>(ways);
    const all = Array.from({ length: keys }, (_, i) => `${this.mapName}-${i}`);
    await this.#observe(user, way, MANY.has(way) ? all : [all[Math.floor(clock.random() * keys)]!]);
  }

  async finish(user: User): Promise<void> {
    for (let i = 0; i < this.#options.keys; i++) {
      const key = `${this.mapName}-${i}`;
      await this.#observe(user, 'get', [key]);
      const last = this.#history.at(-1)!;
      if (last.returned === Infinity) this.#world.simulation.fault(`${key} does not answer in the end`);
      this.#atEnd.set(key, last.answer as number | null);
    }
    for (let i = 0; i < this.#options.keys; i++) await this.#checkUnlocked(user, `${this.mapName}-${i}`);
    if (this.#options.table !== undefined) await user.map.flush();
  }

  judge(): void {
    const { simulation, database, losses } = this.#world;
    for (let i = 0; i < this.#options.keys; i++) {
      const key = `${this.mapName}-${i}`;
      const calls = this.#history.filter((call) => call.key === key);
      const isStored = this.#options.table !== undefined;
      const isDelayed = this.#options.options.mapStore?.writeDelaySeconds !== undefined;
      const times = { losses: isStored ? [] : losses };
      // What was not stored yet is lost with the last replica, and the rows of before come back.
      const untilMs = isDelayed ? losses[0] : undefined;
      if (explains(calls, times, untilMs) === false)
        simulation.fault(`the history of ${key} does not explain itself: ${accusation(calls, times, untilMs)}`);
      if (this.#options.table === undefined || !this.#atEnd.has(key)) continue;
      const row = database.table(this.#options.table).get(key) ?? null;
      if (row !== this.#atEnd.get(key)) simulation.fault(`${key} is ${this.#atEnd.get(key)} in the end, its row is ${row}`);
    }
  }

  /** Locks of those who are gone are gone. */
  async #checkUnlocked({ map }: User, key: string): Promise<void> {
    const held = await map.tryLock(key, { timeoutMs: 1000 });
    if (held === undefined) this.#world.simulation.fault(`${key} is locked in the end`);
    await held?.unlock();
  }

  async #observe(user: User, way: Way, keys: readonly string[]): Promise<void> {
    const { simulation } = this.#world;
    const { who, process, map } = user;
    const text = `${who} ${way} ${keys.join()}`;
    const calls = keys.map((key) => this.#newCall(user, WAYS[way], key));
    this.#history.push(...calls);
    if (simulation.traced) simulation.note(`CALL ${text} ${calls.map(({ a, b }) => `${a} ${b}`).join()}`);
    try {
      const answers = await ask(map, way, calls, () => calls.forEach((call) => (call.made = process.now)));
      if (answers === NOTHING_DONE) this.#forget(calls);
      else
        for (const [i, call] of calls.entries()) {
          call.returned = process.now;
          call.answer = answers === UNTOLD ? undefined : (answers[i] ?? null);
        }
      if (simulation.traced) simulation.note(`ANSWER ${text} -> ${String(answers)}`);
    } catch (error) {
      // What is done with several keys may have been done with some of them.
      if (this.#world.outcome(error, text) === 'no' && keys.length === 1) this.#forget(calls);
    }
  }

  #newCall({ who, process }: User, kind: RegisterKind, key: string): Observing {
    const a = kind === 'replaceIfSame' || kind === 'removeIfSame' ? this.#valueSeen(key) : ++this.#values;
    return { made: process.now, returned: Infinity, kind, key, a, b: ++this.#values, answer: undefined, who };
  }

  #forget(calls: readonly Observing[]): void {
    for (const call of calls) this.#history.splice(this.#history.indexOf(call), 1);
  }

  #valueSeen(key: string): number {
    const last = this.#history.findLast((call) => call.key === key && (call.kind === 'put' || typeof call.answer === 'number'));
    return last === undefined ? 0 : last.kind === 'put' ? last.a : Number(last.answer);
  }
}

/** The call was made, what was there before is not said. */
const UNTOLD = Symbol('untold');
const NOTHING_DONE = Symbol('nothing done');
/** By key. */
type Told = readonly (number | boolean | undefined)[] | typeof UNTOLD | typeof NOTHING_DONE;

async function ask(map: IMap<string, number>, way: Way, calls: readonly Observing[], beginsNow: () => void): Promise<Told> {
  const { key, a, b } = calls[0]!;
  const keys = calls.map((call) => call.key);
  switch (way) {
    case 'get':
      return [await map.get(key)];
    case 'getAll': {
      const values = await map.getAll(keys);
      return keys.map((one) => values.get(one));
    }
    case 'put':
      return [await map.put(key, a)];
    case 'putAll':
      await map.putAll(calls.map((call) => [call.key, call.a] as const));
      return UNTOLD;
    case 'swapAll': {
      for (const call of calls) call.a = a;
      const values = await map.executeOnKeys<number | undefined>(keys, { module: PROCESSORS, export: 'swap', args: a });
      return keys.map((one) => values.get(one));
    }
    case 'set':
      await map.set(key, a);
      return UNTOLD;
    case 'putIfAbsent':
      return [await map.putIfAbsent(key, a)];
    case 'replaceIfSame':
      return [await map.replaceIfSame(key, a, b)];
    case 'remove':
      return [await map.remove(key)];
    case 'delete':
      await map.delete(key);
      return UNTOLD;
    case 'removeIfSame':
      return [await map.removeIfSame(key, a)];
    case 'swap':
      return [await map.executeOnKey<number | undefined>(key, { module: PROCESSORS, export: 'swap', args: a })];
    case 'take':
      return [await map.executeOnKey<number | undefined>(key, { module: PROCESSORS, export: 'take' })];
    case 'tryPut':
      return (await map.tryPut(key, a, 30)) ? UNTOLD : NOTHING_DONE;
    case 'lockedSwap':
      return await lockedSwap(map, key, a, beginsNow);
  }
}

/** Reads and writes under a lock: together they count as one call between the two. */
async function lockedSwap(map: IMap<string, number>, key: string, value: number, beginsNow: () => void): Promise<Told> {
  const held = await map.tryLock(key, { timeoutMs: 100 });
  if (held === undefined) return NOTHING_DONE;
  beginsNow();
  try {
    const before = await held.get();
    await held.set(value);
    return [before];
  } finally {
    await unlockForCertain(held);
  }
}

/** Users who are told that nobody knows ask again. Throws what was said first: then nobody knows whether the lock was held all the time. */
async function unlockForCertain(held: LockHandle<string, number>): Promise<void> {
  let first: unknown;
  for (;;) {
    const error = await held.unlock().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof CobnutError && error.code === 'ERR_UNAVAILABLE') continue; // it was not unlocked
    first ??= error;
    if (error instanceof CobnutError && error.code === 'ERR_OUTCOME_UNKNOWN') continue;
    if (first !== undefined) throw first;
    return;
  }
}
