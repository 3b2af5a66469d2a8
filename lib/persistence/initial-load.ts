/** Filling a map from its store before it is used: bounded memory, no event-loop stall, progress on the way (M59). */
import type { LoadProgress, LoadSink } from '../api/map-store.ts';
import type { Clock } from '../base/clock.ts';
import type { MapStoreConfig } from '../config/map-config.ts';
import { MapStoreError } from '../errors.ts';
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
  const batches = inBatches(keys, batchSize, sink, calls.mapName);
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
    await batches.return(undefined); // ends the store's own iteration
    await Promise.allSettled(lanes);
    throw error;
  }
}

/** Owned keys, a batch at a time; the keys of a batch are all that is held. */
async function* inBatches(
  keys: Iterable<unknown> | AsyncIterable<unknown>,
  size: number,
  sink: SlicedSink,
  mapName: string,
): AsyncGenerator<unknown[], undefined> {
  let batch: unknown[] = [];
  try {
    for await (const key of keys) {
      if (sink.isFull) break;
      if (!sink.owns(key)) continue;
      batch.push(key);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  } catch (cause) {
    if (cause instanceof MapStoreError) throw cause;
    throw new MapStoreError(`map '${mapName}': the keys given by the store's loadAllKeys could not be read to the end`, { cause });
  }
  if (batch.length > 0) yield batch;
  return undefined;
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
