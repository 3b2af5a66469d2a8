/** What near caches of other members must know of a read, as of the moment when memory is looked at. */
import type { KeyAddress } from '../../operations/home.ts';
import type { ReadStamp } from '../../near-cache/near-network.ts';
import type { HeldMap } from '../cluster/catalog.ts';

/**
 * The stamp for values that are in memory now; `undefined` for one that is not. What the store gives may be old when it comes: somebody may have put another
 * value meanwhile, and of a key that was not in memory nobody is told. The next read finds it in memory.
 *
 * Also how long the value may be served without asking again: until its time to live is over; of an entry with an idle time half of that, so that an
 * entry does not die of being read elsewhere only.
 */
export function stampInMemory(stamp: ReadStamp, { open }: HeldMap, { partition, key, hash }: KeyAddress): ReadStamp | undefined {
  const { records, clock } = open.home;
  const now = clock.now();
  const slot = records.find(partition, key, hash, now);
  if (slot < 0) return undefined;
  if (records.nextExpiry === Infinity) return stamp;
  const { deadline, maxIdleMs } = records.imageAt(slot);
  const livesMs = Math.min(deadline - now, maxIdleMs === 0 ? Infinity : maxIdleMs / 2);
  return livesMs === Infinity ? stamp : { ...stamp, livesMs };
}
