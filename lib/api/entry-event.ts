/** Events of a map (M16): what listeners are told. */

/**
 * - `added`, `updated`, `removed`: by a call of the map, or by a followed change of the database
 * - `evicted`: given up by the eviction policy, or by `evict` and `evictAll`; the store keeps it
 * - `expired`: its time to live or its idle time was over
 * - `loaded`: came from the store, at the start or by a read
 * - `cleared`: the whole map, by `clear`; the entries are not told one by one
 */
export type EntryEventType = 'added' | 'updated' | 'removed' | 'evicted' | 'expired' | 'loaded' | 'cleared';
