/** Which partition a key belongs to. */
import { ObjectKey, hashKey, toKey, type StoredKey } from './key.ts';

/** As many as Hazelcast has: prime, and enough to spread over some dozens of members. */
export const PARTITION_COUNT_DEFAULT = 271;

/** What decides a key's partition instead of the key, by configuration; `undefined` leaves it to the key. Gets the key as users see it. */
export type Affinity = (key: unknown) => unknown;

/**
 * The partition, 0 to `count - 1`: the hash of the key modulo `count`.
 *
 * Data affinity (M26): keys for which `affinity` gives equal values, or object keys with equal own `partitionKey`, share a partition, and are found
 * together by whoever owns it. The configured function goes first. Throws KeyError when what decides is not usable as a key itself.
 *
 * `hash` is `hashKey(key)` for those who have it already.
 */
export function partitionOf(key: StoredKey, count: number, affinity?: Affinity, hash: number = hashKey(key)): number {
  if (affinity === undefined && typeof key !== 'object') return hash % count;
  const decider = deciding(key, affinity);
  return (decider === undefined ? hash : hashKey(toKey(decider))) % count;
}

function deciding(key: StoredKey, affinity: Affinity | undefined): unknown {
  const chosen = affinity?.(key instanceof ObjectKey ? key.key : key);
  if (chosen !== undefined) return chosen;
  if (!(key instanceof ObjectKey) || !Object.hasOwn(key.key, 'partitionKey')) return undefined;
  return Reflect.get(key.key, 'partitionKey');
}
