/**
 * Random concurrent calls on few keys, on a map whose store answers late, out of order, or not at all (M24, M54, M55).
 *
 * Nothing sleeps: a seeded scheduler decides at each step whether a client makes its next call, or which call of the store comes to its end.
 * Afterwards, per key: what everybody saw must be explained by some order of the calls, each at one moment between its beginning and its end;
 * and what is in memory must be what is in the store.
 */
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import type { IMap, MapStore } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { linearization, type Observed, type SequentialModel } from '../kit/linearizable.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const KEYS = ['a', 'b', 'c'];
const CLIENTS = 6;
const CALLS = 50;
const RUNS = 60 * EFFORT;

type Verb =
  | 'get' | 'containsKey' | 'put' | 'set' | 'tryPut' | 'putIfAbsent' | 'replace' | 'replaceIfSame' | 'remove' | 'removeIfSame' | 'delete'
  | 'getAll' | 'putAll' | 'evict' | 'evictAll' | 'clear' | 'removeAll' | 'end'; // prettier-ignore
const VERBS: readonly Verb[] = [
  'get', 'get', 'containsKey', 'put', 'put', 'set', 'tryPut', 'putIfAbsent', 'replace', 'replaceIfSame', 'remove', 'removeIfSame', 'delete',
  'getAll', 'getAll', 'putAll', 'evict', 'evict', 'evictAll', 'clear', 'removeAll',
]; // prettier-ignore

/** One call as far as it is about one key. */
interface Call extends Observed {
  readonly verb: Verb;
  readonly value: number;
  readonly expected: number;
  /** What it answered; FAILED when the store did. */
  readonly answer: unknown;
}

const FAILED = Symbol('failed');

/** What a key is: its value in the store, and whether memory has it too. Memory never has another value: that is the point. */
interface State {
  readonly value: number | undefined;
  readonly inMemory: boolean;
}

const model: SequentialModel<State, Call> = {
  initial: { value: undefined, inMemory: false },
  spell: ({ value, inMemory }) => `${value} ${inMemory}`,
  after(state, call) {
    const loaded: State = { ...state, inMemory: state.value !== undefined };
    // A call that failed changed nothing; what it had loaded before may have stayed.
    if (call.answer === FAILED) return [state, loaded];
    return answersOf(state, loaded, call)
      .filter(([answer]) => answer === call.answer)
      .map(([, next]) => next);
  },
};

const GONE: State = { value: undefined, inMemory: false };

/** What a call may answer, and how it leaves the key then. */
function answersOf(state: State, loaded: State, { verb, value, expected }: Call): (readonly [unknown, State])[] {
  const put: State = { value, inMemory: true };
  const before = state.value;
  switch (verb) {
    case 'get':
    case 'getAll':
      return [[before, loaded]];
    case 'containsKey':
      return [[before !== undefined, loaded]];
    case 'put':
      return [[before, put]];
    case 'set':
    case 'putAll':
      return [[undefined, put]];
    case 'tryPut':
      return [[true, put], [false, state]]; // prettier-ignore
    case 'putIfAbsent':
      return [[before, before === undefined ? put : loaded]];
    case 'replace':
      return [[before, before === undefined ? loaded : put]];
    case 'replaceIfSame':
      return [before === expected ? [true, put] : [false, loaded]];
    case 'remove':
      return [[before, GONE]];
    case 'removeIfSame':
      return [before === expected ? [true, GONE] : [false, loaded]];
    case 'delete':
      return [[undefined, GONE]];
    case 'evict':
      return [[state.inMemory, { ...state, inMemory: false }]];
    case 'evictAll':
      return [[undefined, { ...state, inMemory: false }]];
    case 'clear':
      return [[undefined, state.inMemory ? GONE : state]];
    case 'removeAll':
      return [[undefined, state.inMemory && before! >= expected ? GONE : state]];
    case 'end':
      return [[state.inMemory ? before : undefined, state]];
  }
}

/** A database whose calls end when the scheduler says so; each takes effect when it begins or when it ends. */
class SlowStore implements MapStore<string, number> {
  readonly rows = new Map<string, number>();
  /** Calls under way: each ends by being called. */
  readonly pending: (() => void)[] = [];
  readonly #random: () => number;
  readonly #failing: number;

  constructor(random: () => number, failing: number) {
    this.#random = random;
    this.#failing = failing;
  }

  load(key: string): Promise<number | undefined> {
    return this.#later(() => this.rows.get(key));
  }

  loadAll(keys: readonly string[]): Promise<Map<string, number>> {
    return this.#later(() => new Map(keys.flatMap((key) => (this.rows.has(key) ? [[key, this.rows.get(key)!] as const] : []))));
  }

  store(key: string, value: number): Promise<void> {
    return this.#later(() => void this.rows.set(key, value));
  }

  storeAll(entries: ReadonlyMap<string, number>): Promise<void> {
    return this.#later(() => entries.forEach((value, key) => this.rows.set(key, value)));
  }

  delete(key: string): Promise<void> {
    return this.#later(() => void this.rows.delete(key));
  }

  deleteAll(keys: readonly string[]): Promise<void> {
    return this.#later(() => keys.forEach((key) => this.rows.delete(key)));
  }

  #later<R>(effect: () => R): Promise<R> {
    const fails = this.#random() < this.#failing;
    const early = !fails && this.#random() < 0.5 ? { result: effect() } : undefined;
    return new Promise((resolve, reject) => {
      this.pending.push(() => (fails ? reject(new Error('no line')) : resolve(early === undefined ? effect() : early.result)));
    });
  }
}

interface Outcome {
  readonly histories: ReadonlyMap<string, Call[]>;
  readonly calls: number;
  readonly failed: number;
}

const test = describe('concurrent calls');

test(`${RUNS} random schedules: each key’s calls have an order, memory is what the store has`, async () => {
  let calls = 0;
  let failed = 0;
  for (let run = 0; run < RUNS; run++) {
    const seed = SEED + run;
    const outcome = await schedule(seed);
    calls += outcome.calls;
    failed += outcome.failed;
    for (const [key, history] of outcome.histories) {
      assert.ok(linearization(history, model), `SEED=${seed}: no order for key ${key}:\n${history.map(describeCall).join('\n')}`);
    }
  }
  assert.is(calls, RUNS * CLIENTS * CALLS);
  assert.ok(failed > calls / 100, 'the store failed now and then');
});

test.run();

/** One run: all clients make their calls, the scheduler lets things happen. */
async function schedule(seed: number): Promise<Outcome> {
  const random = randomFrom(seed);
  const store = new SlowStore(random, random() < 0.3 ? 0 : 0.1);
  const clock = testClock();
  const { map, instance } = await openMap<string, number>({ mapStore: { implementation: store } }, { clock });
  await map.size();
  const histories = new Map(KEYS.map((key) => [key, [] as Call[]]));
  const left = Array.from({ length: CLIENTS }, () => CALLS);
  const busy = new Set<number>();
  const counts = { moment: 0, values: 0, failed: 0 };
  for (;;) {
    const idle = left.flatMap((calls, client) => (calls > 0 && !busy.has(client) ? [client] : []));
    if (idle.length === 0 && store.pending.length === 0) {
      if (busy.size === 0) break;
      clock.advance(1); // only those with a time limit may still be waiting
    } else if (idle.length > 0 && (store.pending.length === 0 || random() < 0.6)) {
      const client = idle[Math.floor(random() * idle.length)]!;
      left[client]!--;
      busy.add(client);
      void makeCall(map, histories, random, counts).then(() => busy.delete(client));
    } else {
      const [end] = store.pending.splice(Math.floor(random() * store.pending.length), 1);
      end!();
    }
    if (random() < 0.2) passTime(clock);
    // Sometimes the next thing happens while promises of the last one are still on their way.
    if (random() < 0.7) await settled();
    else for (let ticks = Math.floor(random() * 6); ticks > 0; ticks--) await Promise.resolve();
  }
  await settled();
  const memory = new Map(await map.entrySet());
  for (const [key, value] of memory) assert.is(value, store.rows.get(key), `SEED=${seed}: memory has another ${key} than the store`);
  for (const key of KEYS) {
    const moment = ++counts.moment;
    histories.get(key)!.push({ verb: 'end', value: 0, expected: 0, made: moment, returned: moment, answer: memory.get(key) });
  }
  await instance.close();
  return { histories, calls: CLIENTS * CALLS, failed: counts.failed };
}

/** One call of a client, noted for each key it is about. */
async function makeCall(
  map: IMap<string, number>,
  histories: ReadonlyMap<string, Call[]>,
  random: () => number,
  counts: { moment: number; values: number; failed: number },
): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const verb = pick(VERBS);
  const key = pick(KEYS);
  const value = ++counts.values;
  const expected = Math.max(1, value - Math.floor(random() * 5));
  const several = KEYS.filter(() => random() < 0.6);
  const made = ++counts.moment;
  let answers: readonly (readonly [string, unknown])[];
  try {
    answers = await answered(map, verb, key, several, value, expected);
  } catch (error) {
    assert.is((error as { code?: string }).code, 'ERR_MAP_STORE', String(error));
    counts.failed++;
    const about = verb === 'getAll' || verb === 'putAll' ? several : verb === 'clear' || verb === 'removeAll' ? KEYS : [key];
    answers = about.map((one) => [one, FAILED]);
  }
  const returned = ++counts.moment;
  for (const [one, answer] of answers) histories.get(one)!.push({ verb, value, expected, made, returned, answer });
}

/** The answer for each key that the call is about. */
async function answered(
  map: IMap<string, number>,
  verb: Verb,
  key: string,
  several: readonly string[],
  value: number,
  expected: number,
): Promise<(readonly [string, unknown])[]> {
  switch (verb) {
    case 'getAll': {
      const found = await map.getAll(several);
      return several.map((one) => [one, found.get(one)]);
    }
    case 'putAll':
      await map.putAll(several.map((one) => [one, value]));
      return several.map((one) => [one, undefined]);
    case 'evictAll':
    case 'clear':
      await map[verb]();
      return KEYS.map((one) => [one, undefined]);
    case 'removeAll':
      await map.removeAll('this >= ?', expected);
      return KEYS.map((one) => [one, undefined]);
    case 'tryPut':
      return [[key, await map.tryPut(key, value, 3)]];
    case 'replaceIfSame':
      return [[key, await map.replaceIfSame(key, expected, value)]];
    case 'removeIfSame':
      return [[key, await map.removeIfSame(key, expected)]];
    case 'put':
    case 'set':
    case 'putIfAbsent':
    case 'replace':
      return [[key, await map[verb](key, value)]];
    case 'end':
      return [];
    default:
      return [[key, await map[verb](key)]];
  }
}

function passTime(clock: TestClock): void {
  clock.advance(1);
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function describeCall({ verb, value, expected, made, returned, answer }: Call): string {
  return `  ${made}..${returned} ${verb} value ${value} expected ${expected} -> ${String(answer)}`;
}
