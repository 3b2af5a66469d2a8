/**
 * How a change reaches memory and the store. Write-through: the store first, then memory (M55, M60); a store that throws leaves memory as it was.
 * Write-behind: memory, and the queue (`queue-write.ts`).
 */
import { KeyMap } from '../data/key-map.ts';
import { toKey, type StoredKey } from '../data/key.ts';
import { BatchStoreError } from '../persistence/batch-store-error.ts';
import type { StoreCalls } from '../persistence/store-calls.ts';
import { each } from './each.ts';
import type { KeyAddress, MapHome, NewValue } from './home.ts';
import { drop, dropSilently, handOut, keep, keepStored, slotOf, userKey } from './memory.ts';
import { dropAndQueue, dropAndQueueAll, keepAndQueue, keepAndQueueAll } from './queue-write.ts';
import { eachInTurn, inTurns } from './turn.ts';

/** Keys of one `deleteAll`, whose turns are held together. */
const BATCH = 5000;

/** Writes the value to the store, if there is one that writes, then to memory. */
export function storeAndKeep(home: MapHome, at: KeyAddress, value: NewValue): void | Promise<void> {
  if (home.store?.stores !== true) return keep(home, at, value);
  return home.behind === undefined ? storeThenKeep(home, at, value) : keepAndQueue(home, home.behind, at, value);
}

async function storeThenKeep(home: MapHome, at: KeyAddress, value: NewValue): Promise<void> {
  const instead = await home.store!.store(userKey(at), handOut(home, value.stored));
  keepStored(home, at, instead === undefined ? value : taken(home, 'store', at, instead, value));
}

/** The same for many keys, in one call of the store if it has `storeAll`, else one by one: memory has what the store has, also when one fails. */
export async function storeAndKeepAll(home: MapHome, at: readonly KeyAddress[], values: readonly NewValue[]): Promise<void> {
  if (home.behind !== undefined) return keepAndQueueAll(home, home.behind, at, values);
  if (!home.store!.storesMany) {
    for (const [position, address] of at.entries()) await storeThenKeep(home, address, values[position]!);
    return;
  }
  const entries = new Map(at.map((address, position) => [userKey(address), handOut(home, values[position]!.stored)]));
  const call = await inPart(home, 'storeAll', home.store!.storeAll(entries));
  let { error } = call;
  /** One key or value that can't be kept must not keep memory from following the store with the others. */
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (thrown) {
      error ??= thrown;
    }
  };
  const instead = new KeyMap<unknown>();
  for (const [key, value] of call.result ?? []) attempt(() => instead.set(keyFrom(home, 'storeAll', key), value));
  await each(home, at.length, (position) => {
    const address = at[position]!;
    if (call.failed.get(address.key) === true) return;
    const value = values[position]!;
    const other = instead.get(address.key);
    attempt(() => keepStored(home, address, other === undefined ? value : taken(home, 'storeAll', address, other, value)));
  });
  if (error !== undefined) throw error;
}

interface PartCall<R> {
  readonly result: R | undefined;
  readonly failed: KeyMap<true>;
  readonly error: unknown;
}

/** What became of a call about many keys: its result, or the keys that failed and the error, when the store tells which ones. Else the error is thrown. */
async function inPart<R>(home: MapHome, operation: string, call: Promise<R>): Promise<PartCall<R>> {
  const failed = new KeyMap<true>();
  try {
    return { result: await call, failed, error: undefined };
  } catch (error) {
    const cause = home.store!.causeOf(error);
    if (!(cause instanceof BatchStoreError)) throw error;
    for (const key of cause.failed.keys()) failed.set(keyFrom(home, operation, key), true);
    return { result: undefined, failed, error };
  }
}

/** Pairs that a store gave, by key. */
export function byKey(home: MapHome, operation: string, pairs: Iterable<readonly [unknown, unknown]>): KeyMap<unknown> {
  const values = new KeyMap<unknown>();
  for (const [key, value] of pairs) values.set(keyFrom(home, operation, key), value);
  return values;
}

function keyFrom(home: MapHome, operation: string, key: unknown): StoredKey {
  return home.store!.accept(operation, key, () => toKey(key));
}

/** What the store gave to be kept instead. If that is no value, memory forgets the key: only the store knows what it has now. */
function taken(home: MapHome, operation: string, at: KeyAddress, instead: unknown, { expiry }: NewValue): NewValue {
  try {
    return { stored: home.store!.accept(operation, userKey(at), () => home.records.form.takeIn(instead)), expiry };
  } catch (error) {
    drop(home, at);
    throw error;
  }
}

/** Deletes from the store, if there is one that deletes, then from memory. */
export function deleteAndDrop(home: MapHome, at: KeyAddress): void | Promise<void> {
  if (home.store?.deletes !== true) return drop(home, at);
  if (home.behind !== undefined) return dropAndQueue(home, home.behind, at, () => drop(home, at));
  return home.store.delete(userKey(at)).then(() => drop(home, at));
}

/** Many entries that are to go. */
export interface Doomed {
  readonly count: number;
  /** Where the key at a position, 0 to `count` - 1, lives; asked in this order, when it is needed. `undefined`: there is none. */
  addressOf(position: number): KeyAddress | undefined;
  /** Whether the entry at `slot` should go still, now that its turn has come. Left out: yes. */
  isWanted?(slot: number, at: KeyAddress): boolean;
  /** Whether keys go too that are not in memory any more but whose value has yet to be stored. Default false. */
  readonly pendingToo?: boolean;
  /** Called for each that went, in place of telling listeners that it was removed. */
  gone?(): void;
}

/**
 * `deleteAndDrop` for many entries, of those that are in memory when their turn has come. The store deletes a batch, memory follows, and so on;
 * after an error the batches before it are gone and the others are there, in the store as in memory.
 */
export function deleteAndDropAll(home: MapHome, doomed: Doomed): void | Promise<void> {
  if (home.store !== undefined) return deleteInTurns(home, home.store, doomed);
  return eachInTurn(home, doomed.count, doomed.addressOf.bind(doomed), (at) => {
    if (isThere(home, at, doomed)) dropDoomed(home, at, doomed);
  });
}

function dropDoomed(home: MapHome, at: KeyAddress, doomed: Doomed): void {
  if (doomed.gone === undefined) drop(home, at);
  else if (dropSilently(home, at)) doomed.gone();
}

async function deleteInTurns(home: MapHome, store: StoreCalls, doomed: Doomed): Promise<void> {
  for (let position = 0; position < doomed.count;) {
    if (position > 0) await home.slices.pause();
    const batch: KeyAddress[] = [];
    for (; position < doomed.count && batch.length < BATCH; position++) {
      const at = doomed.addressOf(position);
      if (at !== undefined) batch.push(at);
    }
    await inTurns(home, batch, (some) => {
      const present = (some === undefined ? batch : some.map((one) => batch[one]!)).filter((at) => isThere(home, at, doomed));
      return deleteTogether(home, store, present, doomed);
    });
  }
}

function isThere(home: MapHome, at: KeyAddress, doomed: Doomed): boolean {
  if (home.share?.owns(at.partition) === false) return false; // it has moved away: whoever has it now is asked
  const slot = slotOf(home, at);
  if (slot < 0) return doomed.pendingToo === true && home.behind?.pendingOf(at.key)?.kind === 'store';
  return doomed.isWanted?.(slot, at) !== false;
}

async function deleteTogether(home: MapHome, store: StoreCalls, at: readonly KeyAddress[], doomed: Doomed): Promise<void> {
  if (at.length === 0) return;
  if (store.deletes && home.behind !== undefined)
    return dropAndQueueAll(home, home.behind, at, (address) => dropDoomed(home, address, doomed));
  if (store.deletes && !store.deletesMany) {
    for (const address of at) {
      await store.delete(userKey(address));
      dropDoomed(home, address, doomed);
    }
    return;
  }
  const call = store.deletes ? await inPart(home, 'deleteAll', store.deleteAll(at.map(userKey))) : undefined;
  await each(home, at.length, (position) => {
    if (call?.failed.get(at[position]!.key) !== true) dropDoomed(home, at[position]!, doomed);
  });
  if (call?.error !== undefined) throw call.error;
}
