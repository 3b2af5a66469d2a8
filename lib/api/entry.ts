/** An entry as users write and see it. */

/**
 * How long an entry may live, in seconds, from 0 to 9,223,372,036. 0 means for ever; left out means the map's configuration. Fractions are kept
 * to 1 ms. Other names or values: ERR_CONFIG.
 */
export interface ExpiryOptions {
  readonly ttlSeconds?: number;
  readonly maxIdleSeconds?: number;
}

/** An entry with its statistics (M63). Times are epoch milliseconds, 0 for never. */
export interface EntryView<K, V> {
  readonly key: K;
  readonly value: V;
  /** Bytes, estimated. */
  readonly cost: number;
  readonly creationTime: number;
  /** `Infinity` when it never expires. */
  readonly expirationTime: number;
  readonly hits: number;
  readonly lastAccessTime: number;
  readonly lastUpdateTime: number;
  readonly lastStoredTime: number;
  /** Number of updates since the entry was made. */
  readonly version: number;
  /** Whether the entry was live when the view was taken. */
  readonly isValid: boolean;
  /** Milliseconds, 0 for ever. */
  readonly ttl: number;
  readonly maxIdle: number;
  /** Puts another value under the same key; resolves to the old one. */
  setValue(value: V): Promise<V | undefined>;
}
