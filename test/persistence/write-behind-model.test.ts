/**
 * The write-behind queue against a model (fast-check): random writes, answers of the store in any order and of any kind, crashes that leave part of a
 * batch written, steps of the clock, a full queue, and another queue that takes over from a mirror.
 *
 * At every moment what a reader would see (what is pending, else the database) is the last acknowledged write; no write of a key ever reaches the
 * database after a later one; and at the end the database holds what the model says.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hashKey } from '../../lib/data/key.ts';
import type { DeadLetter, FailureKind, MapStore } from '../../lib/index.ts';
import { BatchStoreError } from '../../lib/persistence/batch-store-error.ts';
import { StoreCalls } from '../../lib/persistence/store-calls.ts';
import { WriteBehind, type QueuedWrite } from '../../lib/persistence/write-behind.ts';
import { describe } from '../kit/describe.ts';
import { testClock, type TestClock } from '../kit/instance.ts';
import { EFFORT, SEED } from '../kit/seed.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
/** Written at the end where errors say nothing: only beside a write that gets through an entry is known to be refused. */
const COMPANION = 'z';
const RUNS = Math.ceil(200 * EFFORT);

/** A write, numbered within its key. */
interface Write {
  readonly key: string;
  readonly version: number;
  readonly isDelete: boolean;
  readonly isPoison: boolean;
}

type Answer = 'ok' | 'retry' | 'connection' | 'fatal' | 'crash' | 'lost';

type Step =
  | { readonly do: 'write'; readonly key: number; readonly isDelete: boolean; readonly isPoison: boolean }
  | { readonly do: 'answer'; readonly which: number; readonly answer: Answer }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'flush' }
  | { readonly do: 'takeOver' };

interface Setting {
  readonly coalescing: boolean;
  readonly batchSize: number;
  readonly capacity: number;
  readonly onFull: 'wait' | 'reject';
  readonly maxRetries: number;
  readonly letters: 'none' | 'taken' | 'flaky';
  readonly shape: 'many' | 'single' | 'partial';
  readonly isClassified: boolean;
}

const setting: fc.Arbitrary<Setting> = fc.record({
  coalescing: fc.boolean(),
  batchSize: fc.integer({ min: 1, max: 4 }),
  capacity: fc.integer({ min: 2, max: 8 }),
  onFull: fc.constantFrom('wait', 'reject'),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  letters: fc.constantFrom('none', 'taken', 'flaky'),
  shape: fc.constantFrom('many', 'single', 'partial'),
  isClassified: fc.boolean(),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      key: fc.nat(KEYS.length - 1),
      isDelete: fc.boolean(),
      isPoison: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which: fc.nat(1),
      answer: fc.constantFrom<Answer>('ok', 'ok', 'ok', 'retry', 'connection', 'fatal', 'crash', 'lost'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 20, 60, 100, 5000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'takeOver' as const }) },
);

class StoreFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind) {
    super(`the store says: ${kind}`);
    this.kind = kind;
  }
}

/** A call of the store that waits for its answer. */
interface Call {
  readonly writes: readonly Write[];
  readonly answer: (how: Answer) => void;
}

/** A database that does what the test says, when it says so. */
class Database {
  readonly rows = new Map<string, Write>();
  /** Versions as they were written, by key. */
  readonly history = new Map<string, number[]>();
  calls: Call[] = [];
  readonly #shape: Setting['shape'];

  constructor(shape: Setting['shape']) {
    this.#shape = shape;
  }

  /** The store of one member: a dead one's calls have no effect any more. */
  store(isAlive: () => boolean, isClassified: boolean): MapStore<string, Write> {
    const call = (writes: readonly Write[]): Promise<void> =>
      new Promise((resolve, reject) => {
        const answer = (how: Answer): void => {
          if (!isAlive()) return;
          const error = this.#take(writes, how);
          if (error === undefined) resolve();
          else reject(error);
        };
        if (isAlive()) this.calls.push({ writes, answer });
      });
    const deleted = (key: string): Write => ({ key, version: this.#deleting.get(key)!, isDelete: true, isPoison: false });
    return {
      ...(isClassified ? { failureKind: (error) => (error instanceof StoreFailure ? error.kind : undefined) } : {}),
      ...(this.#shape === 'single'
        ? { store: (_key, write) => call([write]), delete: (key) => call([deleted(key)]) }
        : { storeAll: (entries) => call([...entries.values()]), deleteAll: (keys) => call(keys.map(deleted)) }),
    };
  }

  /** Which version of a key is being deleted: a delete carries no value that could tell. */
  readonly #deleting = new Map<string, number>();

  deleting(key: string, version: number): void {
    this.#deleting.set(key, version);
  }

  #take(writes: readonly Write[], how: Answer): unknown {
    const poison = writes.filter(({ isPoison }) => isPoison);
    if (how === 'crash') this.#apply(writes.slice(0, writes.length >> 1)); // part of the batch, and nobody knows
    if (how === 'lost') this.#apply(poison.length > 0 ? [] : writes); // all of it, and nobody hears
    if (how === 'crash' || how === 'lost') return new StoreFailure('connection');
    if (how !== 'ok') return new StoreFailure(how);
    if (poison.length === 0) return this.#apply(writes);
    if (this.#shape !== 'partial') return new StoreFailure('poison');
    this.#apply(writes.filter(({ isPoison }) => !isPoison));
    return new BatchStoreError(new Map(poison.map(({ key }) => [key, new StoreFailure('poison')])));
  }

  #apply(writes: readonly Write[]): undefined {
    for (const write of writes) {
      if (write.isPoison) continue;
      if (write.isDelete) this.rows.delete(write.key);
      else this.rows.set(write.key, write);
      const history = this.history.get(write.key) ?? [];
      this.history.set(write.key, [...history, write.version]);
    }
    return undefined;
  }
}

/** One run: the queue, the model and what both have seen. */
class World {
  readonly database: Database;
  readonly clock: TestClock;
  /** Versions that were given up. */
  readonly letters = new Set<number>();
  readonly #setting: Setting;
  /** Acknowledged writes, by key, in order. */
  readonly #acknowledged = new Map<string, Write[]>();
  readonly #faults: string[] = [];
  /** Keys of writes that wait for room. */
  readonly #waiting = new Set<string>();
  #mirror = new Map<number, QueuedWrite>();
  #queue: WriteBehind;
  #member = 0;
  #version = 0;
  #lettersOffered = 0;
  #companions = 0;

  constructor(options: Setting, seed: number) {
    let state = seed;
    this.clock = testClock(0, () => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647);
    this.#setting = options;
    this.database = new Database(options.shape);
    this.#queue = this.#open();
  }

  #open(): WriteBehind {
    const member = ++this.#member;
    const isAlive = (): boolean => member === this.#member;
    const { coalescing, batchSize, capacity, onFull, maxRetries, letters, isClassified } = this.#setting;
    const store = this.database.store(isAlive, isClassified);
    const { deleteAll, delete: deleteOne } = store;
    // What is being deleted is known from the queue itself.
    const versionOf = (key: string): number => {
      const first = queue.image().find((write) => write.key === key)!;
      return (first.stored as Write | undefined)?.version ?? this.#deletes.get(first.sequence + member * 1e6)!;
    };
    const deleting = (key: string): void => this.database.deleting(key, versionOf(key));
    const onDeadLetter = async (letter: DeadLetter): Promise<void> => {
      if (letters === 'flaky' && ++this.#lettersOffered % 3 !== 0) throw new Error('no room for letters');
      if (isAlive()) this.letters.add(versionOf(letter.key as string));
    };
    const calls = new StoreCalls('test', {
      ...store,
      ...(deleteAll === undefined
        ? {}
        : { deleteAll: (keys: readonly unknown[]) => (keys.forEach((key) => deleting(key as string)), deleteAll(keys as string[])) }),
      ...(deleteOne === undefined ? {} : { delete: (key: unknown) => (deleting(key as string), deleteOne(key as string)) }),
    });
    const queue = new WriteBehind({
      calls,
      config: {
        delayMs: 100,
        batchSize,
        capacity,
        onFull,
        maxRetries,
        coalescing,
        onDeadLetter: letters === 'none' ? undefined : onDeadLetter,
      },
      clock: this.clock,
      sliceMs: 5,
      handOut: (stored) => stored,
      onSettled: () => undefined,
    });
    queue.feed = {
      queued: (write) => {
        if (!isAlive()) return;
        if (write.kind === 'delete') this.#deletes.set(write.sequence + member * 1e6, this.#comingDeletes.shift()!);
        this.#mirror.set(write.sequence, write);
      },
      settled: (writes) => {
        if (!isAlive()) return;
        for (const { sequence } of writes) {
          const write = this.#mirror.get(sequence)!;
          this.#mirror.delete(sequence);
          // A mirror that took over at this very moment must have what is pending still.
          const isMissing = queue.isPending(write.key) && ![...this.#mirror.values()].some(({ key }) => key === write.key);
          if (isMissing) this.#faults.push(`the mirror lost ${JSON.stringify(write.key)}`);
        }
      },
    };
    return queue;
  }

  /** Versions of deletes, by member and sequence, and of those that are about to be queued. */
  readonly #deletes = new Map<number, number>();
  #comingDeletes: number[] = [];

  async run(one: Step): Promise<void> {
    switch (one.do) {
      case 'write':
        this.#write(KEYS[one.key]!, one.isDelete, one.isPoison && !one.isDelete);
        break;
      case 'answer': {
        const call = this.database.calls.splice(one.which, 1)[0];
        call?.answer(one.answer);
        break;
      }
      case 'advance':
        this.clock.advance(one.ms);
        break;
      case 'flush':
        this.#queue.flush().catch(() => undefined);
        break;
      case 'takeOver':
        this.#takeOver();
        break;
    }
    await turns();
    this.#check();
  }

  #write(key: string, isDelete: boolean, isPoison: boolean): void {
    if (this.#waiting.has(key)) return; // it would not get the key's turn
    const write: Write = { key, version: ++this.#version, isDelete, isPoison };
    const at = { key, hash: hashKey(key), partition: 0 };
    const queue = this.#queue;
    const member = this.#member;
    const acknowledge = (): void => {
      if (isDelete) this.#comingDeletes = [write.version];
      if (isDelete) queue.delete(at);
      else queue.store(at, write);
      this.#acknowledged.set(key, [...(this.#acknowledged.get(key) ?? []), write]);
    };
    try {
      const outcome = queue.withRoom(key, () => (member === this.#member ? acknowledge() : undefined));
      if (!(outcome instanceof Promise)) return;
      assert.is(this.#setting.onFull, 'wait');
      this.#waiting.add(key);
      outcome.then(
        () => this.#waiting.delete(key),
        () => undefined, // its member died
      );
    } catch (error) {
      assert.is((error as { code?: string }).code, 'ERR_WRITE_BEHIND_FULL');
      assert.is(this.#setting.onFull, 'reject');
    }
  }

  /** The member dies; another one has the mirror. */
  #takeOver(): void {
    const mirror = [...this.#mirror.values()].sort((a, b) => a.sequence - b.sequence);
    this.#comingDeletes = mirror
      .filter(({ kind }) => kind === 'delete')
      .map(({ sequence }) => this.#deletes.get(sequence + this.#member * 1e6)!);
    this.#mirror = new Map();
    this.#waiting.clear();
    this.database.calls = [];
    this.#queue.beginClosing(0);
    this.#queue = this.#open();
    this.#queue.install(structuredClone(mirror.toReversed()));
  }

  #check(): void {
    assert.equal(this.#faults, []);
    for (const key of KEYS) {
      const history = this.database.history.get(key) ?? [];
      assert.ok(
        history.every((version, i) => i === 0 || history[i - 1]! <= version),
        `${key} went back: ${history.join(' ')}`,
      );
      const last = this.#acknowledged.get(key)?.at(-1);
      if (last === undefined) {
        assert.not.ok(this.database.rows.has(key));
        continue;
      }
      if (this.letters.has(last.version)) continue;
      const pending = this.#queue.pendingOf(key);
      const seen = pending === undefined ? this.database.rows.get(key) : (pending.stored as Write | undefined);
      assert.is(seen?.version, last.isDelete ? undefined : last.version, `a reader of ${key}`);
    }
    // Writes of a key that is being given to `onDeadLetter` find room in any case.
    if (this.#member === 1 && this.#setting.letters === 'none')
      assert.ok(this.#queue.statistics().queued <= this.#setting.capacity + this.#companions, 'the queue is bounded');
    assert.equal(
      this.#queue
        .image()
        .map(({ sequence }) => sequence)
        .sort((a, b) => a - b),
      [...this.#mirror.keys()].sort((a, b) => a - b),
      'the mirror is in step',
    );
  }

  /** The store is well again: all must come to its end. */
  async heal(): Promise<void> {
    let outcome = 'waiting';
    for (let round = 0; ; round++) {
      assert.ok(round < 2000, `it never ends: ${JSON.stringify(this.#queue.statistics())}`);
      if (!this.#setting.isClassified && !this.#queue.isPending(COMPANION)) {
        this.#companions = 1; // without asking for room: the queue may be full of poison
        const write: Write = { key: COMPANION, version: ++this.#version, isDelete: false, isPoison: false };
        this.#queue.store({ key: COMPANION, hash: hashKey(COMPANION), partition: 0 }, write);
      }
      for (const call of this.database.calls.splice(0)) call.answer('ok');
      await turns();
      this.#check();
      // Where nothing is given up, poison may fill the queue for good.
      const isFullOfPoison = this.#setting.letters === 'none' && round > 100;
      if ((isFullOfPoison || this.#queue.statistics().waitingForRoom === 0) && outcome === 'waiting') {
        outcome = 'flushing';
        void this.#queue.flush().then(
          () => (outcome = 'flushed'),
          () => (outcome = 'hopeless'),
        );
      }
      if (outcome === 'flushed' || outcome === 'hopeless') break;
      this.clock.advance(5000);
      await turns();
    }
    const image = this.#queue.image().filter(({ key }) => key !== COMPANION);
    const left = image.map(({ stored }) => stored as Write | undefined);
    if (this.#setting.letters === 'none') assert.ok(outcome === 'flushed' ? left.length === 0 : left.length > 0, outcome);
    else assert.is(outcome, 'flushed');
    for (const key of KEYS) this.#checkKey(key, left);
  }

  #checkKey(key: string, left: readonly (Write | undefined)[]): void {
    const writes = this.#acknowledged.get(key) ?? [];
    const last = writes.at(-1);
    const stuck = left.find((write) => write?.key === key);
    const isGivenUp = ({ version }: Write): boolean => this.letters.has(version);
    if (last !== undefined && stuck === undefined && !last.isPoison && !isGivenUp(last)) {
      assert.is(this.database.rows.get(key)?.version, last.isDelete ? undefined : last.version, `${key} at the end`);
    }
    if (stuck !== undefined) assert.ok(stuck.isPoison && this.#setting.letters === 'none', 'only what can not be stored is left');
    if (last?.isPoison === true && stuck === undefined) assert.ok(isGivenUp(last), `${key}: a poison write is given up, not lost`);
    if (this.#setting.coalescing || stuck !== undefined) return;
    const written = new Set(this.database.history.get(key));
    for (const write of writes) assert.ok(written.has(write.version) || isGivenUp(write), `${key}: version ${write.version} was left out`);
  }
}

const test = describe('write-behind: model');

test(`${RUNS} random lives of a queue`, async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { maxLength: 120, size: 'max' }), fc.nat(), async (options, steps, seed) => {
      const world = new World(options, seed + 1);
      for (const one of steps) await world.run(one);
      await world.heal();
    }),
    { seed: SEED, numRuns: RUNS, includeErrorInReport: true, interruptAfterTimeLimit: 15_000 },
  );
});

test.run();

/** Lets the lanes go as far as they can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}
