/// <reference lib="esnext.disposable" preserve="true" />
/** Locks on keys (M15, M23, M62). */
import type { EntryProcessor, ProcessorReference } from './entry-processor.ts';
import type { EntryView, ExpiryOptions } from './entry.ts';

export interface LockOptions {
  /** The lock ends by itself after so many seconds, kept to 1 ms, from 0 to 9,223,372,036. 0, or left out: when it is unlocked. */
  readonly leaseSeconds?: number;
  /** Gives up waiting when aborted: ERR_ABORTED. */
  readonly signal?: AbortSignal;
}

export interface TryLockOptions extends LockOptions {
  /** Milliseconds to wait, `Infinity` for ever. Default 0: takes the lock only if it is free now. */
  readonly timeoutMs?: number;
}

/**
 * A lock that is held, and the way past it: the calls of the handle change the key, while the same calls of the map wait.
 *
 *     await using held = await map.lock('joe');
 *     const joe = await held.get();
 *     await held.set({ ...joe, age: joe.age + 1 });
 *
 * A lock belongs to its handle, not to whoever called `lock`: give the handle on to what must pass. Calls of the map wait also when they come from
 * the code that holds the lock, a second `lock` of the same key included.
 *
 * All calls: ERR_NOT_LOCK_OWNER when the lock is not held any more, because it was unlocked, its lease is over (exactly then, to the clock), or it was
 * forced open; then nothing has happened. A call that began in time is carried out. Otherwise they are the calls of the map for this key.
 */
export interface LockHandle<K, V> extends AsyncDisposable {
  readonly key: K;
  /** Whether the lock is held still. */
  isHeld(): Promise<boolean>;
  /** Ends the lock; the next who waits gets it. */
  unlock(): Promise<void>;
  /** As `unlock`, but nothing happens when `unlock` was called before, or the map is gone. */
  [Symbol.asyncDispose](): Promise<void>;

  get(): Promise<V | undefined>;
  containsKey(): Promise<boolean>;
  getEntryView(): Promise<EntryView<K, V> | undefined>;
  put(value: V, options?: ExpiryOptions): Promise<V | undefined>;
  set(value: V, options?: ExpiryOptions): Promise<void>;
  putIfAbsent(value: V, options?: ExpiryOptions): Promise<V | undefined>;
  putTransient(value: V, options?: ExpiryOptions): Promise<void>;
  replace(value: V): Promise<V | undefined>;
  replaceIfSame(expected: V, value: V): Promise<boolean>;
  remove(): Promise<V | undefined>;
  removeIfSame(expected: V): Promise<boolean>;
  delete(): Promise<void>;
  setTtl(ttlSeconds: number): Promise<boolean>;
  evict(): Promise<boolean>;
  executeOnKey<R, A = unknown>(processor: EntryProcessor<K, V, R, A> | ProcessorReference, args?: A): Promise<R>;
}
