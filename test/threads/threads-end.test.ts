/** Worker threads that end in the middle of work: what was acknowledged is there, calls go on, and another thread takes the place. */
import { setTimeout as tick } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { CobnutError, type IMap, type Instance } from '../../lib/index.ts';
import { describe } from '../kit/describe.ts';
import { endThread, exported, threads, warned, withFile } from './kit.ts';

const test = describe('threads that end');

/** Writers that count keys up; what each key must be at least, and may be at most. */
class Load {
  readonly acknowledged = new Map<string, number>();
  readonly attempted = new Map<string, number>();
  readonly errors: unknown[] = [];
  #stopped = false;
  readonly #writers: Promise<void>[];

  constructor(map: IMap<string, number>, writers: number, keysEach: number) {
    this.#writers = Array.from({ length: writers }, (_, writer) => this.#write(map, writer, keysEach));
  }

  /** Resolves after so many more acknowledged writes. */
  async more(count: number): Promise<void> {
    const until = this.#count + count;
    while (this.#count < until && this.errors.length === 0) await tick(5);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  #count = 0;

  async #write(map: IMap<string, number>, writer: number, keys: number): Promise<void> {
    for (let value = 1; !this.#stopped; value++) {
      for (let i = 0; i < keys; i++) {
        const key = `${writer}.${i}`;
        this.attempted.set(key, value);
        try {
          await map.set(key, value);
        } catch (error) {
          this.errors.push(error);
          this.#stopped = true;
          return;
        }
        this.acknowledged.set(key, value);
        this.#count++;
      }
    }
  }

  async check(map: IMap<string, number>): Promise<void> {
    assert.equal(this.errors, []);
    assert.ok(this.acknowledged.size > 0);
    for (const [key, least] of this.acknowledged) {
      const value = (await map.get(key)) ?? 0;
      assert.ok(value >= least && value <= this.attempted.get(key)!, `${key}: ${value}, acknowledged ${least}`);
    }
    assert.is((await map.values()).length, this.attempted.size);
  }
}

/** Resolves when each partition has a backup again. */
async function healed(instance: Instance): Promise<void> {
  const probe = await instance.getMap<number, number>('probe');
  for (let key = 0; key < 300; key++) {
    for (;;) {
      try {
        await probe.set(key, key);
        break;
      } catch (error) {
        if (!(error instanceof CobnutError && error.code === 'ERR_NOT_ENOUGH_BACKUPS')) throw error;
        await tick(5);
      }
    }
  }
}

/** The members that hold entries. */
async function places(map: IMap<string, number>): Promise<ReadonlySet<unknown>> {
  return new Set(await Promise.all(Array.from({ length: 100 }, (_, i) => map.executeOnKey(`p${i}`, exported('whereAmI')))));
}

test(
  'two threads, one after the other, by exit and by an error: nothing acknowledged is lost',
  async () => {
    await using instance = threads(3, { maps: { probe: { minSyncBackups: 1 } } });
    const map = await instance.getMap<string, number>('counts');
    const { warnings } = await warned(async () => {
      const load = new Load(map, 16, 20);
      await load.more(500);
      endThread('worker-1#1', 'exit');
      await load.more(500);
      await healed(instance);
      endThread('worker-2#1', 'error');
      await load.more(500);
      await healed(instance);
      await load.stop();
      await load.check(map);
    });
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!.message, /worker thread 'worker-1#1' of 'cobnut' ended and is replaced/);
    assert.match((warnings[0] as Error & { detail: string }).detail, /exited with code 3/);
    assert.match((warnings[1] as Error & { detail: string }).detail, /a fault in a worker/);
    for (const member of ['worker-1#2', 'worker-2#2']) while (!(await places(map)).has(member)) await tick(5);
  },
  { timeoutMs: 60_000 },
);

test(
  'the queue of writes is not lost with its thread',
  async () => {
    await withFile(async (file) => {
      const mapStore = { factory: exported('fileStore'), properties: { file }, writeDelaySeconds: 3600 };
      await using instance = threads(2, { maps: { counts: { mapStore }, probe: { minSyncBackups: 1 } } });
      const map = await instance.getMap<string, number>('counts');
      await warned(async () => {
        await Promise.all(Array.from({ length: 200 }, (_, i) => map.set(`k${i}`, i)));
        endThread('worker-1#1');
        await healed(instance);
        assert.is(await map.size(), 200);
        await map.flush();
      });
      await map.evictAll();
      const found = await map.getAll(Array.from({ length: 200 }, (_, i) => `k${i}`));
      assert.equal(
        [...found.values()].toSorted((a, b) => a - b),
        Array.from({ length: 200 }, (_, i) => i),
      );
    });
  },
  { timeoutMs: 60_000 },
);

test(
  'the last thread: what had no backup is gone, the map goes on',
  async () => {
    await using instance = threads(1);
    const map = await instance.getMap<string, number>('counts');
    await map.set('a', 1);
    await warned(async () => {
      endThread('worker-1#1');
      // Whether a call that was under way was done nobody can say any more.
      const place = (): Promise<unknown> =>
        map.executeOnKey('b', exported('whereAmI')).catch((error: CobnutError) => assert.is(error.code, 'ERR_OUTCOME_UNKNOWN'));
      while ((await place()) !== 'worker-1#2') await tick(5);
      await map.set('c', 1);
      assert.is(await map.size(), 1);
    });
  },
  { timeoutMs: 60_000 },
);

test.run();
