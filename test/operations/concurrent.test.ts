/**
 * Random concurrent calls on few keys, locks and entry processors included, on a map whose store answers late, out of order, or not at all, and on
 * one without a store (M17, M23, M24, M54, M55, M62).
 *
 * Nothing sleeps: a seeded scheduler decides at each step whether a client makes its next call, or which call of the store comes to its end.
 * Afterwards, per key: what everybody saw must be explained by some order of the calls, each at one moment between its beginning and its end;
 * and what is in memory must be what is in the store.
 */
import * as assert from 'uvu/assert';
import { randomFrom } from '../../bench/employees.ts';
import type { EntryProcessor, IMap, LockHandle, MapStore } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { openMap, testClock, type TestClock } from '../kit/instance.ts';
import { linearization, type Observed, type SequentialModel } from '../kit/linearizable.ts';
import { settled } from '../kit/settled.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const KEYS = ['a', 'b', 'c'];
const CLIENTS = 6;
const CALLS = 50;
const RUNS = 40 * EFFORT;

type Verb =
  | 'get' | 'containsKey' | 'put' | 'set' | 'tryPut' | 'putIfAbsent' | 'replace' | 'replaceIfSame' | 'remove' | 'removeIfSame' | 'delete'
  | 'getAll' | 'putAll' | 'evict' | 'evictAll' | 'clear' | 'removeAll' | 'execute' | 'executeOnKeys' | 'lock' | 'tryLock' | 'unlock' | 'expire' | 'reserve' | 'leave' | 'check'
  | 'forceUnlock' | 'isLocked' | 'end'; // prettier-ignore
const VERBS: readonly Verb[] = [
  'get', 'get', 'containsKey', 'put', 'put', 'set', 'tryPut', 'putIfAbsent', 'replace', 'replaceIfSame', 'remove', 'removeIfSame', 'delete',
  'getAll', 'getAll', 'putAll', 'evict', 'evict', 'evictAll', 'clear', 'removeAll', 'execute', 'execute', 'executeOnKeys', 'lock', 'lock', 'tryLock',
  'forceUnlock', 'isLocked',
]; // prettier-ignore
/** Calls that the holder of a lock makes by its handle. */
const HELD_VERBS = ['get', 'put', 'set', 'remove', 'replaceIfSame', 'evict', 'execute', 'unlock', 'unlock'] as const;

/** One call as far as it is about one key. */
interface Call extends Observed {
  readonly verb: Verb;
  readonly value: number;
  readonly expected: number;
  /** The lock by whose handle it was made. A lock is known by the `value` of the call that took it. */
  readonly by: number | undefined;
  /** What it answered; FAILED when the store did, LOST when the lock was not held any more. */
  readonly answer: unknown;
}

const FAILED = Symbol('failed');
const LOST = Symbol('lost');

/** What a key is: its value in the store, and whether memory has it too. Memory never has another value: that is the point. */
interface State {
  readonly value: number | undefined;
  readonly inMemory: boolean;
  /** The lock that is held. */
  readonly holder: number | undefined;
  /** The one that is next, and waits for the changes under way: the key is locked already, but may change still. */
  readonly next: number | undefined;
}

function modelOf(hasStore: boolean): SequentialModel<State, Call> {
  return {
    initial: { value: undefined, inMemory: false, holder: undefined, next: undefined },
    spell: ({ value, inMemory, holder, next }) => `${value} ${inMemory} ${holder} ${next}`,
    after(state, call) {
      if (call.answer === LOST) return state.holder === call.by ? [] : [state];
      const loaded: State = { ...state, inMemory: state.value !== undefined };
      const answers = answersOf(state, loaded, call, hasStore);
      // A call that failed changed nothing; what it had loaded before may have stayed. Of several keys, others may have been changed before.
      if (call.answer === FAILED) {
        const done = call.verb === 'putAll' || call.verb === 'executeOnKeys' ? answers.map(([, next]) => next) : [];
        return [state, loaded, ...done.filter((next) => isAllowed(state, next, call))];
      }
      return answers.filter(([answer, next]) => answer === call.answer && isAllowed(state, next, call)).map(([, next]) => next);
    },
  };
}

/** Verbs of which a lock keeps everybody else out, whether or not they would change anything. */
const WAITING: readonly Verb[] = [
  'put', 'set', 'putAll', 'putIfAbsent', 'replace', 'replaceIfSame', 'remove', 'removeIfSame', 'delete', 'execute', 'executeOnKeys',
]; // prettier-ignore

/** Whether a lock lets the call go from one state to the other. What its holder began in time may come to its end after the lock. */
function isAllowed(before: State, next: State, { verb, by, answer }: Call): boolean {
  if (before.holder === undefined || before.holder === by) return true;
  if (verb === 'tryPut') return answer !== true;
  return by === undefined && !WAITING.includes(verb) && before.value === next.value;
}

/** What a call may answer, and how it leaves the key then. */
function answersOf(state: State, loaded: State, { verb, value, expected, by }: Call, hasStore: boolean): (readonly [unknown, State])[] {
  const { value: before, holder, next } = state;
  const put: State = { ...state, value, inMemory: true };
  const GONE: State = { ...state, value: undefined, inMemory: false };
  const isFree = holder === undefined && next === undefined;
  // Sweeps pass over what is locked, but may have begun before the lock that waits for them.
  const isSpared = !isFree && by === undefined;
  const isSwept = holder === undefined || by !== undefined;
  const swept = (answer: unknown, after: State): (readonly [unknown, State])[] => [
    ...(isSpared ? [[typeof answer === 'boolean' ? false : answer, state] as const] : []),
    ...(isSwept ? [[answer, after] as const] : []),
  ];
  const evicted: State = hasStore ? { ...state, inMemory: false } : GONE;
  switch (verb) {
    case 'lock':
    case 'tryLock': {
      const locked: State = { ...state, holder: value, next: undefined };
      return [...(verb === 'lock' ? [] : [[false, state] as const]), ...(isFree || next === value ? [[true, locked] as const] : [])];
    }
    // What a call for a lock may do before it answers.
    case 'reserve':
      return [[undefined, state], ...(isFree ? [[undefined, { ...state, next: value }] as const] : [])];
    case 'leave':
      return [[undefined, next === value ? { ...state, next: undefined } : state]];
    case 'expire':
      return holder === value ? [[undefined, { ...state, holder: undefined }]] : [];
    // What comes first in each call of a holder.
    case 'check':
      return holder === by ? [[undefined, state]] : [];
    case 'unlock':
      return holder === by ? [[undefined, { ...state, holder: undefined }]] : [];
    case 'forceUnlock':
      return [[!isFree, { ...state, holder: undefined, next: undefined }], ...(next === undefined ? [] : [[true, state] as const])]; // tries again
    case 'isLocked':
      return [[!isFree, state]];
    case 'execute':
    case 'executeOnKeys':
      return [value % 4 === 0 ? [before, put] : value % 4 === 1 ? [before, GONE] : value % 4 === 2 ? [before, loaded] : [THROWN, loaded]];
    case 'get':
    case 'getAll':
      return [
        [before, loaded],
        [before, state],
      ]; // evicted again before it answers: a load of others may have answered too
    case 'containsKey':
      return [
        [before !== undefined, loaded],
        [before !== undefined, state],
      ];
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
      return swept(state.inMemory, evicted);
    case 'evictAll':
      return swept(undefined, evicted);
    case 'clear':
      return swept(undefined, state.inMemory ? GONE : state);
    case 'removeAll':
      return [[undefined, state.inMemory && before! >= expected ? GONE : state]];
    case 'end':
      return [[state.inMemory ? before : undefined, state]];
  }
}

const THROWN = 'the processor threw';

/** By the value: sets, removes, reads, or throws; at once, or when the scheduler says so. Returns what was there. */
function processorOf(value: number, pending: (() => void)[]): EntryProcessor<string, number, number | undefined> {
  return (entry) => {
    const before = entry.value;
    const work = (): number | undefined => {
      assert.is(entry.value, before, 'nobody changes an entry in work');
      if (value % 4 === 0) entry.setValue(value);
      if (value % 4 === 1) entry.remove();
      if (value % 4 === 3) {
        entry.setValue(value);
        throw new Error(THROWN);
      }
      return before;
    };
    return value % 8 < 4 ? work() : new Promise<void>((resolve) => pending.push(resolve)).then(work);
  };
}

/** A database whose calls end when the scheduler says so; each takes effect when it begins or when it ends. */
class SlowStore implements MapStore<string, number> {
  readonly rows = new Map<string, number>();
  /** Calls under way: each ends by being called. */
  readonly pending: (() => void)[];
  readonly #random: () => number;
  readonly #failing: number;

  constructor(random: () => number, failing: number, pending: (() => void)[]) {
    this.pending = pending;
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
  readonly lost: number;
}

const test = describe('concurrent calls');

test(
  `${RUNS} random schedules: each key’s calls have an order, memory is what the store has`,
  async () => {
    let calls = 0;
    let failed = 0;
    let lost = 0;
    for (let run = 0; run < RUNS; run++) {
      const seed = SEED + run;
      const hasStore = seed % 3 !== 0;
      const model = modelOf(hasStore);
      const outcome = await schedule(seed, hasStore);
      calls += outcome.calls;
      failed += outcome.failed;
      lost += outcome.lost;
      for (const [key, history] of outcome.histories) {
        assert.ok(linearization(history, model), `SEED=${seed}: no order for key ${key}:\n${history.map(describeCall).join('\n')}`);
      }
    }
    assert.is(calls, RUNS * CLIENTS * CALLS);
    assert.ok(failed > calls / 100, 'the store failed now and then');
    assert.ok(lost > calls / 1000, 'a lock was lost now and then');
  },
  { timeoutMs: RUNS * 200 },
);

test.run();

/** One run: all clients make their calls, the scheduler lets things happen. */
async function schedule(seed: number, hasStore: boolean): Promise<Outcome> {
  const random = randomFrom(seed);
  const pending: (() => void)[] = [];
  const store = new SlowStore(random, random() < 0.3 ? 0 : 0.1, pending);
  const clock = testClock();
  const { map, instance } = await openMap<string, number>(hasStore ? { mapStore: { implementation: store } } : {}, { clock });
  await map.size();
  const histories = new Map(KEYS.map((key) => [key, [] as Call[]]));
  const left = Array.from({ length: CLIENTS }, () => CALLS);
  const busy = new Set<number>();
  const counts = { moment: 0, values: 0, failed: 0, lost: 0 };
  const people = left.map((): Client => ({ map, histories, random, counts, pending, locks: new Map() }));
  for (;;) {
    const idle = left.flatMap((calls, client) => (calls > 0 && !busy.has(client) ? [client] : []));
    if (idle.length === 0 && pending.length === 0) {
      if (busy.size === 0) break;
      clock.advance(1); // only those with a time limit may still be waiting
    } else if (idle.length > 0 && (pending.length === 0 || random() < 0.6)) {
      const client = idle[Math.floor(random() * idle.length)]!;
      left[client]!--;
      busy.add(client);
      void makeCall(people[client]!).then(() => busy.delete(client));
    } else {
      const [end] = pending.splice(Math.floor(random() * pending.length), 1);
      end!();
    }
    if (random() < 0.2) passTime(clock);
    // Sometimes the next thing happens while promises of the last one are still on their way.
    if (random() < 0.7) await settled();
    else for (let ticks = Math.floor(random() * 6); ticks > 0; ticks--) await Promise.resolve();
  }
  await settled();
  const memory = new Map(await map.entrySet());
  if (hasStore)
    for (const [key, value] of memory) assert.is(value, store.rows.get(key), `SEED=${seed}: memory has another ${key} than the store`);
  for (const key of KEYS) {
    const moment = ++counts.moment;
    histories
      .get(key)!
      .push({ verb: 'end', value: 0, expected: 0, by: undefined, made: moment, returned: moment, answer: memory.get(key) });
  }
  await instance.close();
  return { histories, calls: CLIENTS * CALLS, failed: counts.failed, lost: counts.lost };
}

/** Who makes one call after the other. */
interface Client {
  readonly map: IMap<string, number>;
  readonly histories: ReadonlyMap<string, Call[]>;
  readonly random: () => number;
  readonly counts: { moment: number; values: number; failed: number; lost: number };
  readonly pending: (() => void)[];
  /** The locks it has, by key, or had: it does not know when one is lost. */
  readonly locks: Map<string, { readonly handle: LockHandle<string, number>; readonly id: number }>;
}

/** One call of a client, noted for each key it is about. */
async function makeCall(client: Client): Promise<void> {
  const { histories, random, counts, locks } = client;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const key = pick(KEYS);
  const lock = random() < 0.8 ? locks.get(key) : undefined;
  const verb = lock === undefined ? pick(VERBS) : pick(HELD_VERBS);
  const value = ++counts.values;
  const expected = Math.max(1, value - Math.floor(random() * 5));
  const several = KEYS.filter(() => random() < 0.6);
  const made = ++counts.moment;
  const about = { verb, value, expected, by: lock?.id };
  counts.moment += 2;
  let answers: readonly (readonly [string, unknown])[];
  try {
    if (lock !== undefined) answers = [[key, await heldAnswer(lock.handle, about, client)]];
    else answers = await answered(client, about, key, several);
  } catch (error) {
    const failure = failureOf(error, counts);
    const keys = ['getAll', 'putAll', 'executeOnKeys'].includes(verb) ? several : verb === 'clear' || verb === 'removeAll' ? KEYS : [key];
    answers = keys.map((one) => [one, failure]);
    if (verb === 'executeOnKeys') answers = keys.map((one) => [one, FAILED]);
  }
  if (verb === 'unlock') locks.delete(key);
  const returned = (counts.moment += 3);
  for (const [one, answer] of answers) {
    histories.get(one)!.push({ ...about, made, returned, answer });
    const also = (hidden: Verb, from: number, until: number): void => {
      histories.get(one)!.push({ ...about, verb: hidden, made: made + from, returned: until, answer: undefined });
    };
    if (verb === 'lock' || verb === 'tryLock') also('reserve', 1, returned - 2);
    if (verb === 'tryLock' && answer === false) also('leave', 2, returned - 1);
    if ((verb === 'lock' || verb === 'tryLock') && answer === true) also('expire', 2, Infinity);
    if (lock !== undefined && answer !== LOST) also('check', 1, returned - 1);
  }
}

function failureOf(error: unknown, counts: Client['counts']): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (message === THROWN) return THROWN;
  if (code === 'ERR_NOT_LOCK_OWNER') {
    counts.lost++;
    return LOST;
  }
  assert.is(code, 'ERR_MAP_STORE', String(error));
  counts.failed++;
  return FAILED;
}

function heldAnswer(
  handle: LockHandle<string, number>,
  { verb, value, expected }: Pick<Call, 'verb' | 'value' | 'expected'>,
  { pending }: Client,
): Promise<unknown> {
  switch (verb) {
    case 'put':
    case 'set':
      return handle[verb](value);
    case 'replaceIfSame':
      return handle.replaceIfSame(expected, value);
    case 'execute':
      return handle.executeOnKey(processorOf(value, pending));
    default:
      return handle[verb as 'get' | 'remove' | 'evict' | 'unlock']();
  }
}

/** The answer for each key that the call is about. */
async function answered(
  { map, random, pending, locks }: Client,
  { verb, value, expected }: Pick<Call, 'verb' | 'value' | 'expected'>,
  key: string,
  several: readonly string[],
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
    case 'execute':
      return [[key, await map.executeOnKey(key, processorOf(value, pending))]];
    case 'executeOnKeys':
      return [...(await map.executeOnKeys(several, processorOf(value, pending)))];
    case 'lock':
    case 'tryLock': {
      const leaseSeconds = Math.ceil(random() * 10) / 1000;
      const handle = await (verb === 'lock' ? map.lock(key, { leaseSeconds }) : map.tryLock(key, { leaseSeconds, timeoutMs: 3 }));
      if (handle !== undefined) locks.set(key, { handle, id: value });
      return [[key, handle !== undefined]];
    }
    case 'unlock':
    case 'expire':
    case 'reserve':
    case 'leave':
    case 'check':
    case 'end':
      return [];
    default:
      return [[key, await map[verb](key)]];
  }
}

function passTime(clock: TestClock): void {
  clock.advance(1);
}

function describeCall({ verb, value, expected, made, returned, answer }: Call): string {
  return `  ${made}..${returned} ${verb} value ${value} expected ${expected} -> ${String(answer)}`;
}
