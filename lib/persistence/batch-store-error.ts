/** How a store says that `storeAll` or `deleteAll` failed for some keys only. */
import { isMap } from 'node:util/types';

/**
 * Thrown by a store's `storeAll` or `deleteAll` when only the keys in `failed` were not written: all others were, and are not written again.
 * Without it a batch that fails is split, and tried again, until the failing entries stand alone.
 */
export class BatchStoreError<K = unknown> extends Error {
  /** The reason for each key that was not written. */
  readonly failed: ReadonlyMap<K, unknown>;

  /** Throws TypeError when `failed` is no Map. */
  constructor(failed: ReadonlyMap<K, unknown>, message?: string) {
    if (!isMap(failed)) throw new TypeError('a BatchStoreError needs a Map with the reason for each key that was not written');
    super(message ?? `${failed.size} entries could not be written`, { cause: failed.values().next().value });
    this.name = 'BatchStoreError';
    this.failed = failed;
  }
}
