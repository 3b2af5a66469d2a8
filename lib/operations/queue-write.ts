/** Write-behind (M56): memory changes at once, and the change is queued for the store. `through.ts` says which maps go this way. */
import type { SettledWrite, WriteBehind } from '../persistence/write-behind.ts';
import { each } from './each.ts';
import type { KeyAddress, MapHome, NewValue } from './home.ts';
import { drop, keep, keepInstead, slotOf, storedOf, unpin, userKey } from './memory.ts';

/** Keeps the value and queues that it is to be stored, when there is room in the queue. The caller holds the key's turn. */
export function keepAndQueue(home: MapHome, behind: WriteBehind, at: KeyAddress, value: NewValue): void | Promise<void> {
  return behind.withRoom(at.key, () => {
    home.share?.changes(at);
    keep(home, at, value);
    behind.store(at, value.stored);
  });
}

/** The same for many keys. A queue that rejects what it has no room for takes all or nothing. */
export function keepAndQueueAll(
  home: MapHome,
  behind: WriteBehind,
  at: readonly KeyAddress[],
  values: readonly NewValue[],
): void | Promise<void> {
  return eachWithRoom(home, behind, at, (position) => {
    home.share?.changes(at[position]!);
    keep(home, at[position]!, values[position]!);
    behind.store(at[position]!, values[position]!.stored);
  });
}

/** Queues that the key is to be deleted, when there is room, and drops the entry. */
export function dropAndQueue(home: MapHome, behind: WriteBehind, at: KeyAddress, dropEntry: () => void): void | Promise<void> {
  return behind.withRoom(at.key, () => {
    home.share?.changes(at);
    dropEntry();
    behind.delete(at);
  });
}

/** The same for many keys, as `keepAndQueueAll`. */
export function dropAndQueueAll(
  home: MapHome,
  behind: WriteBehind,
  at: readonly KeyAddress[],
  dropEntry: (at: KeyAddress) => void,
): void | Promise<void> {
  return eachWithRoom(home, behind, at, (position) => {
    home.share?.changes(at[position]!);
    dropEntry(at[position]!);
    behind.delete(at[position]!);
  });
}

async function eachWithRoom(
  home: MapHome,
  behind: WriteBehind,
  at: readonly KeyAddress[],
  write: (position: number) => void,
): Promise<void> {
  const keys = at.map(({ key }) => key);
  const entered: Promise<void>[] = [];
  behind.reserve(keys);
  try {
    await each(home, at.length, (position) => {
      const waiting = behind.withRoom(keys[position]!, () => write(position));
      if (waiting === undefined) return;
      waiting.catch(() => undefined); // heard of below
      entered.push(waiting);
    });
    await Promise.all(entered);
  } finally {
    behind.release(keys);
  }
}

function isOurs({ share }: MapHome, { partition }: Pick<KeyAddress, 'partition'>): boolean {
  return share === undefined || share.owns(partition);
}

/** What memory makes of operations that have left the queue: when entries were stored, what the store gave in their place (M60), and that they may go. */
export function settleWrites(home: MapHome, writes: readonly SettledWrite[]): void {
  const now = home.clock.now();
  for (const { operation, isWritten, isLast, instead } of writes) {
    if (!isLast || !isOurs(home, operation.at)) continue;
    const slot = slotOf(home, operation.at, now);
    if (slot < 0) continue;
    if (isWritten && operation.kind === 'store' && Object.is(home.records.storedFormAt(slot), operation.stored)) {
      home.records.markStored(slot, now);
      if (instead !== undefined) takeInstead(home, operation.at, operation.stored, instead);
    }
  }
  unpin(
    home,
    writes.filter(({ isLast }) => isLast).map(({ operation }) => operation.at),
  );
}

/**
 * Keeps what the store gave in place of a value, unless the entry has changed since. In the key's turn: a change under way must not lose it. If it is
 * no value, memory forgets the key: only the store knows what it has now.
 */
function takeInstead(home: MapHome, at: KeyAddress, before: unknown, instead: unknown): void {
  void home.turns.take(at.key, () => {
    if (home.closing.aborted || !isOurs(home, at) || home.behind!.isPending(at.key) || !Object.is(storedOf(home, at), before)) return;
    let stored: unknown;
    try {
      stored = home.store!.accept('storeAll', userKey(at), () => home.records.form.takeIn(instead));
    } catch {
      drop(home, at);
      return;
    }
    keepInstead(home, at, stored);
  });
}
