/** Work on one entry, where it lives and atomically (M17). */
import type { Awaitable, ModuleReference } from './map-store.ts';
import type { ExpiryOptions } from './entry.ts';

/**
 * The entry that a processor works on. Its changes are kept together when the processor ends well, and not at all when it throws. Using it after
 * that: ERR_ENTRY_PROCESSOR.
 */
export interface ProcessorEntry<K, V> {
  readonly key: K;
  /** The value, `undefined` when there is no such entry. What the processor has set or removed itself shows at once. */
  readonly value: V | undefined;
  readonly exists: boolean;
  /** The value is copied now. Makes the entry when there is none. Errors: ERR_VALUE, ERR_CONFIG. */
  setValue(value: V, options?: ExpiryOptions): void;
  /** Deletes from the store too, whether or not there was such an entry. */
  remove(): void;
}

/**
 * What is to be done with an entry; what it returns, or resolves to, is the result. While it runs nobody else changes the entry, which neither
 * expires nor is evicted: others wait, readers see what was before. It may be asynchronous, and should be short.
 *
 * It must not wait for a call of its own map that needs the same entry, nor close that map: that is refused with ERR_ENTRY_PROCESSOR. Nor
 * should it change other entries: two processors that each wait for the other one's entry wait for ever.
 */
export type EntryProcessor<K, V, R = unknown, A = unknown> = (entry: ProcessorEntry<K, V>, args: A) => Awaitable<R>;

/** A processor that a module exports: how it travels to other threads and processes. */
export interface ProcessorReference extends ModuleReference {
  /** The processor's second argument, when the call gives none. */
  readonly args?: unknown;
}
