/** Whether each key of a map answers as if its calls came one after the other, whatever call, store or lock is used. */
import type { MapOptions } from '../../lib/api/instance.ts';
import type { IMap } from '../../lib/api/map.ts';
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
export type Ways = Readonly<Partial<Record<Way, number>>>;

export const ALL_WAYS: Ways = {
  get: 30,
  getAll: 4,
  put: 16,
  set: 8,
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
    const key = `${this.mapName}-${Math.floor(clock.random() * this.#options.keys)}`;
    await this.#observe(user, this.#world.chance.weighted<Way>(this.#options.ways), key);
  }

  async finish(user: User): Promise<void> {
    for (let i = 0; i < this.#options.keys; i++) {
      const key = `${this.mapName}-${i}`;
      await this.#observe(user, 'get', key);
      const last = this.#history.at(-1)!;
      if (last.returned === Infinity) this.#world.simulation.fault(`${key} does not answer in the end`);
      this.#atEnd.set(key, last.answer as number | null);
    }
    if (this.#options.table !== undefined) await user.map.flush();
  }

  judge(): void {
    const { simulation, database, losses, changes } = this.#world;
    for (let i = 0; i < this.#options.keys; i++) {
      const key = `${this.mapName}-${i}`;
      const calls = this.#history.filter((call) => call.key === key);
      const isStored = this.#options.table !== undefined;
      const isDelayed = this.#options.options.mapStore?.writeDelaySeconds !== undefined;
      const times = isStored ? { losses: [], repeats: isDelayed ? [] : changes } : { losses };
      // What was not stored yet is lost with the last replica, and the rows of before come back.
      const untilMs = isDelayed ? losses[0] : undefined;
      if (explains(calls, times, untilMs) === false)
        simulation.fault(`the history of ${key} does not explain itself: ${accusation(calls, times, untilMs)}`);
      if (this.#options.table === undefined || !this.#atEnd.has(key)) continue;
      const row = database.table(this.#options.table).get(key) ?? null;
      if (row !== this.#atEnd.get(key)) simulation.fault(`${key} is ${this.#atEnd.get(key)} in the end, its row is ${row}`);
    }
  }

  async #observe({ who, process, map }: User, way: Way, key: string): Promise<void> {
    const { simulation } = this.#world;
    const kind = WAYS[way];
    const a = kind === 'replaceIfSame' || kind === 'removeIfSame' ? this.#valueSeen(key) : ++this.#values;
    const call = {
      made: process.now,
      returned: Infinity,
      kind,
      key,
      a,
      b: ++this.#values,
      answer: undefined as RegisterCall['answer'],
      who,
    };
    this.#history.push(call);
    if (simulation.traced) simulation.note(`CALL ${who} ${way} ${key} ${call.a} ${call.b}`);
    try {
      const answer = await ask(map, way, call, () => (call.made = process.now));
      if (answer === NOTHING_DONE) this.#history.splice(this.#history.indexOf(call), 1);
      else {
        call.returned = process.now;
        if (answer === UNTOLD) call.answer = undefined;
        else call.answer = answer ?? null;
      }
      if (simulation.traced) simulation.note(`ANSWER ${who} ${way} ${key} ${call.a} -> ${String(answer)}`);
    } catch (error) {
      const outcome = this.#world.outcome(error, `${who} ${way} ${key}`);
      if (outcome === 'no') this.#history.splice(this.#history.indexOf(call), 1);
    }
  }

  #valueSeen(key: string): number {
    const last = this.#history.findLast((call) => call.key === key && (call.kind === 'put' || typeof call.answer === 'number'));
    return last === undefined ? 0 : last.kind === 'put' ? last.a : Number(last.answer);
  }
}

/** The call was made, what was there before is not said. */
const UNTOLD = Symbol('untold');
const NOTHING_DONE = Symbol('nothing done');
type Told = number | boolean | undefined | typeof UNTOLD | typeof NOTHING_DONE;

async function ask(map: IMap<string, number>, way: Way, { key, a, b }: RegisterCall, beginsNow: () => void): Promise<Told> {
  switch (way) {
    case 'get':
      return await map.get(key);
    case 'getAll':
      return (await map.getAll([key, `${key}x`])).get(key);
    case 'put':
      return await map.put(key, a);
    case 'set':
      await map.set(key, a);
      return UNTOLD;
    case 'putIfAbsent':
      return await map.putIfAbsent(key, a);
    case 'replaceIfSame':
      return await map.replaceIfSame(key, a, b);
    case 'remove':
      return await map.remove(key);
    case 'delete':
      await map.delete(key);
      return UNTOLD;
    case 'removeIfSame':
      return await map.removeIfSame(key, a);
    case 'swap':
      return await map.executeOnKey<number | undefined>(key, { module: PROCESSORS, export: 'swap', args: a });
    case 'take':
      return await map.executeOnKey<number | undefined>(key, { module: PROCESSORS, export: 'take' });
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
    return before;
  } finally {
    await held.unlock();
  }
}
