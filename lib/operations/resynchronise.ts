/** Compares all that memory has with the database, after changes may have been missed, and takes over what differs. */
import type { LoadSink } from '../api/map-store.ts';
import { deepEqual } from '../data/deep-equal.ts';
import type { FollowedMemory } from './followed-memory.ts';
import type { KeyAddress } from './home.ts';
import { addressAt, slotOf } from './memory.ts';
import { again, readAgain } from './read-again.ts';

/** Keys that are gathered before they are read. */
const BATCH = 1000;
/** Slots looked at between two looks at the clock. */
const STEPS = 64;

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
  if (why === 'gap' && memory.wantsNew) while (!(await again(memory, () => goOverTable(memory, met))));
  await readUnmet(memory, met);
}

async function goOverTable(memory: FollowedMemory, met: Uint8Array): Promise<void> {
  const { home } = memory;
  if (home.store!.streams) return streamTable(memory, met);
  const keys = await home.store!.loadAllKeys();
  if (keys === undefined) return;
  let batch: KeyAddress[] = [];
  const read = async (): Promise<void> => {
    await readAgain(memory, batch, (slot) => (met[slot] = 1));
    batch = [];
  };
  for await (const key of keys) {
    batch.push(memory.addresses.of(key));
    if (batch.length === BATCH) await read();
  }
  await read();
}

async function streamTable(memory: FollowedMemory, met: Uint8Array): Promise<void> {
  const { home, signal, addresses } = memory;
  const { records, slices } = home;
  let different: KeyAddress[] = [];
  let began = slices.now();
  const sink: LoadSink<unknown, unknown> = {
    owns: () => true,
    put(key, value) {
      const at = home.store!.accept('loadOwned', key, () => addresses.of(key));
      const slot = slotOf(home, at);
      if (slot >= 0 && deepEqual(records.storedAt(slot), value)) met[slot] = 1;
      else different.push(at);
    },
    async drained() {
      signal.throwIfAborted();
      if (different.length >= BATCH) {
        const keys = different;
        different = [];
        await readAgain(memory, keys, (slot) => (met[slot] = 1));
      }
      if (slices.now() - began < slices.sliceMs) return;
      await slices.pause();
      began = slices.now();
    },
  };
  await home.store!.loadOwned(sink, signal);
  await readAgain(memory, different, (slot) => (met[slot] = 1));
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
