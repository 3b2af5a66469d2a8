/** Compares all that memory has with the database, after changes may have been missed, and takes over what differs. */
import type { LoadSink } from '../../api/map-store.ts';
import { deepEqual } from '../../data/deep-equal.ts';
import type { FollowedMemory } from './followed-memory.ts';
import type { KeyAddress } from '../home.ts';
import { addressAt, slotOf } from '../memory.ts';
import { again, readAgain } from './read-again.ts';

/** Keys that are gathered before they are read. */
const BATCH = 1000;
/** Slots looked at between two looks at the clock. */
const STEPS = 64;
/** Keys that one pass gathers: they are read when it is over, since a pass has a connection to itself, and may have the only one. */
const PASS_KEYS_MAX = 100_000;
/** How often a pass that can't succeed is tried before the table is gone over by keys, where one bad row spoils nothing else. */
const PASS_ATTEMPTS = 2;

/**
 * After a gap a map that has the whole table goes over it once, by the same pass that loaded it: what is equal stays untouched, what differs or is
 * new is read again in its turn. Then whatever was not met in the pass, all of memory where there was none, is read again too, and rows that are
 * gone are dropped. After a truncate nothing is to be met.
 */
export async function resynchronise(memory: FollowedMemory, why: 'gap' | 'truncate'): Promise<void> {
  const { home } = memory;
  // What a load read before the gap it may put after this pass has gone by.
  while (home.changedKeys.isWatching) await home.changedKeys.settled();
  const met = new Uint8Array(home.records.top);
  if (why === 'gap' && memory.wantsNew) {
    const isDone = home.store!.streams && (await again(memory, () => streamTable(memory, met), PASS_ATTEMPTS)) === undefined;
    if (!isDone) await again(memory, () => goOverKeys(memory, met));
  }
  await readUnmet(memory, met);
}

async function goOverKeys(memory: FollowedMemory, met: Uint8Array): Promise<void> {
  const keys = await memory.home.store!.loadAllKeys();
  if (keys === undefined) return;
  let batch: KeyAddress[] = [];
  const read = async (): Promise<void> => {
    await readAgain(memory, batch, (slot) => (met[slot] = 1));
    batch = [];
  };
  for await (const key of keys) {
    const at = memory.addresses.of(key);
    if (memory.owns(at)) batch.push(at);
    if (batch.length === BATCH) await read();
  }
  await read();
}

/** Passes over the table until one has gathered all that differs; what the ones before have put right is passed over. */
async function streamTable(memory: FollowedMemory, met: Uint8Array): Promise<void> {
  for (let isWhole = false; !isWhole;) {
    const different: KeyAddress[] = [];
    isWhole = await gatherDifferent(memory, met, different);
    await readAgain(memory, different, (slot) => (met[slot] = 1));
  }
}

/** Whether it came to the end of the table. */
async function gatherDifferent(memory: FollowedMemory, met: Uint8Array, different: KeyAddress[]): Promise<boolean> {
  const { home, signal, addresses } = memory;
  const { records, slices } = home;
  const full = new AbortController();
  let began = slices.now();
  const sink: LoadSink<unknown, unknown> = {
    owns: () => !full.signal.aborted,
    put(key, value) {
      const at = home.store!.accept('loadOwned', key, () => addresses.of(key));
      if (!memory.owns(at)) return;
      const slot = slotOf(home, at);
      if (slot >= 0 && (met[slot] === 1 || deepEqual(records.storedAt(slot), value))) met[slot] = 1;
      else if (different.push(at) === PASS_KEYS_MAX) full.abort();
    },
    async drained() {
      signal.throwIfAborted();
      if (slices.now() - began < slices.sliceMs) return;
      await slices.pause();
      began = slices.now();
    },
  };
  try {
    await home.store!.loadOwned(sink, AbortSignal.any([signal, full.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!full.signal.aborted) throw error;
  }
  return !full.signal.aborted;
}

/** An entry that came into a slot meanwhile is as new as can be, whatever is noted of the slot. */
async function readUnmet(memory: FollowedMemory, met: Uint8Array): Promise<void> {
  const { records, slices } = memory.home;
  let batch: KeyAddress[] = [];
  let began = slices.now();
  for (let slot = 0; slot < met.length && slot < records.top; slot++) {
    if (met[slot] === 0 && records.isLive(slot)) batch.push(addressAt(memory.home, slot));
    if (batch.length === BATCH) {
      await readAgain(memory, batch);
      batch = [];
    }
    if (slot % STEPS !== 0 || slices.now() - began < slices.sliceMs) continue;
    await slices.pause();
    began = slices.now();
  }
  await readAgain(memory, batch);
}
