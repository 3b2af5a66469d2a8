/** Filling a map from its store before it is used: bounded memory, no event-loop stall, progress on the way (M59). */
import type { LoadProgress, LoadSink } from '../api/map-store.ts';
import type { Clock } from '../base/clock.ts';
import type { MapStoreConfig } from '../config/map-config.ts';
import type { StoreCalls } from './store-calls.ts';

/** `loadAll` calls at once: one more than none gains 30 %, more than two gain nothing (measured on two cores). */
const LANES = 2;
const PROGRESS_EVERY_MS = 250;

/** Where loaded entries go. */
export interface LoadTarget {
  owns(key: unknown): boolean;
  /** Keeps the entry unless memory has the key already; whether it did. */
  put(key: unknown, value: unknown): boolean;
  /** Whether no further entry is wanted: the load ends. Left out: never. */
  isFull?(): boolean;
}

/**
 * Loads by `loadOwned` where the store has it, else by `loadAllKeys` and `loadAll` in batches. Resolves to the number of entries put.
 * Work on the event loop is cut into slices of `sliceMs`.
 */
export async function loadInitially(
  calls: StoreCalls,
  config: MapStoreConfig,
  target: LoadTarget,
  clock: Clock,
  sliceMs: number,
  signal: AbortSignal,
): Promise<number> {
  const progress = new Progress(calls.mapName, clock, config.onProgress);
  const enough = new AbortController();
  const stop = AbortSignal.any([signal, enough.signal]);
  const sink = new SlicedSink(target, clock, sliceMs, progress, stop);
  if (calls.streams) {
    sink.onFull = () => enough.abort();
    await calls.loadOwned(sink, stop).catch((error: unknown) => {
      // A stream is ended by its signal: what it makes of that is no error.
      if (!enough.signal.aborted || signal.aborted) throw error;
    });
  } else if (calls.loads) await loadByKeys(calls, config.loadBatchSize, sink);
  progress.report(true);
  return progress.rows;
}

async function loadByKeys(calls: StoreCalls, batchSize: number, sink: SlicedSink): Promise<void> {
  const keys = await calls.loadAllKeys();
  if (keys === undefined) return;
  const batches = inBatches(calls, keys, batchSize, sink);
  const lane = async (): Promise<void> => {
    for await (const batch of { [Symbol.asyncIterator]: () => ({ next: () => batches.next() }) }) {
      await sink.drained();
      for (const [key, value] of await calls.loadAll(batch)) {
        sink.put(key, value);
        if (sink.isDue) await sink.drained();
      }
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    await batches.return(undefined).catch(() => undefined); // ends the store's own iteration
    await Promise.allSettled(lanes);
    throw error;
  }
}

/** Owned keys, a batch at a time; the keys of a batch are all that is held. The store's own iteration goes on within calls of the store. */
async function* inBatches(
  calls: StoreCalls,
  keys: Iterable<unknown> | AsyncIterable<unknown>,
  size: number,
  sink: SlicedSink,
): AsyncGenerator<unknown[], undefined> {
  const source = new KeySource(keys);
  let batch: unknown[] = [];
  try {
    while (!source.hasEnded && !sink.isFull) {
      const wanted = size - batch.length;
      for (const key of await calls.reading('loadAllKeys', () => source.read(wanted))) {
        if (!sink.isFull && sink.owns(key)) batch.push(key);
      }
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  } finally {
    if (!source.hasEnded) await calls.reading('loadAllKeys', () => source.close());
  }
  if (batch.length > 0) yield batch;
  return undefined;
}

class KeySource {
  hasEnded = false;
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;

  constructor(keys: Iterable<unknown> | AsyncIterable<unknown>) {
    this.#iterator = Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]();
  }

  /** The next ones: `count`, or as many as are left. */
  async read(count: number): Promise<unknown[]> {
    const some: unknown[] = [];
    while (some.length < count && !this.hasEnded) {
      this.hasEnded = true; // also when it fails
      const next = await this.#iterator.next();
      this.hasEnded = next.done === true;
      if (!this.hasEnded) some.push(await next.value);
    }
    return some;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** A sink that knows how long it has been working. */
class SlicedSink implements LoadSink<unknown, unknown> {
  /** Called when an entry was put and no further one is wanted. */
  onFull: (() => void) | undefined;
  readonly #target: LoadTarget;
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  #sliceBegan: number;
  #puts = 0;

  constructor(target: LoadTarget, clock: Clock, sliceMs: number, progress: Progress, signal: AbortSignal) {
    this.#target = target;
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#progress = progress;
    this.#signal = signal;
    this.#sliceBegan = clock.now();
  }

  /** Whether it is time to await `drained`. Looks at the clock once in 64 rows. */
  get isDue(): boolean {
    return this.#signal.aborted || ((this.#puts & 63) === 0 && this.#clock.now() - this.#sliceBegan >= this.#sliceMs);
  }

  owns(key: unknown): boolean {
    return this.#target.owns(key);
  }

  put(key: unknown, value: unknown): void {
    this.#puts++;
    if (this.#target.put(key, value)) this.#progress.rows++;
    if (this.onFull !== undefined && this.isFull) this.onFull();
  }

  get isFull(): boolean {
    return this.#target.isFull?.() === true;
  }

  /** Rejects when the load is to be given up. */
  async drained(): Promise<void> {
    this.#progress.report(false);
    if (this.#clock.now() - this.#sliceBegan >= this.#sliceMs) {
      await this.#clock.yield();
      this.#sliceBegan = this.#clock.now();
    }
    this.#signal.throwIfAborted();
  }
}

class Progress {
  rows = 0;
  readonly #mapName: string;
  readonly #clock: Clock;
  readonly #tell: ((progress: LoadProgress) => void) | undefined;
  readonly #began: number;
  #toldAt: number;

  constructor(mapName: string, clock: Clock, tell: ((progress: LoadProgress) => void) | undefined) {
    this.#mapName = mapName;
    this.#clock = clock;
    this.#tell = tell;
    this.#began = clock.now();
    this.#toldAt = this.#began;
  }

  report(done: boolean): void {
    if (this.#tell === undefined) return;
    const now = this.#clock.now();
    if (!done && now - this.#toldAt < PROGRESS_EVERY_MS) return;
    this.#toldAt = now;
    const elapsedMs = now - this.#began;
    const rowsPerSecond = elapsedMs > 0 ? Math.round((this.rows / elapsedMs) * 1000) : 0;
    this.#tell(Object.freeze({ mapName: this.#mapName, rows: this.rows, rowsPerSecond, elapsedMs, done }));
  }
}
