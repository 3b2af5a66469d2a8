/** Reads keys that other programs have changed once more from the store, in their turns, until it succeeds. */
import type { FailureKind } from '../../api/map-store.ts';
import { pause } from '../../base/pause.ts';
import { backOffMs } from '../../persistence/back-off.ts';
import { storeError } from '../../persistence/store-calls.ts';
import { each } from '../each.ts';
import type { FollowedMemory } from './followed-memory.ts';
import type { KeyAddress } from '../home.ts';
import { isPendingAt, noteGone, slotOf, userKey } from '../memory.ts';
import { staying } from '../stays.ts';
import { byKey } from '../through.ts';

/** Keys of one `loadAll`: their turns are held meanwhile, so writes to them wait for a few milliseconds. */
const BATCH = 1000;
/** How often a reading that can't succeed is tried before its batch is split (its parts once each), and a key that stands alone forgotten. */
const ATTEMPTS_MAX = 5;
/** Kinds of failure that end by themselves. */
const PASSING: ReadonlySet<FailureKind | undefined> = new Set(['connection', 'retry'] as const);

/** Told of each slot that has what the store has. */
type OnRead = (slot: number) => void;

/**
 * Resolves when memory has what the store has of all these keys, those whose turn another call has excepted: they follow. A store that can't be
 * reached is tried until it can. A row that can't be read at all is dropped from memory: what memory has of it is known to be old. Rejects only
 * when following is over.
 */
export async function readAgain(memory: FollowedMemory, keys: readonly KeyAddress[], onRead?: OnRead): Promise<void> {
  const { turns, slices } = memory.home;
  for (let from = 0; from < keys.length; from += BATCH) {
    if (from > 0) await slices.pause();
    const batch = keys.slice(from, from + BATCH);
    const free = batch.filter(({ key }) => turns.isFree(key));
    for (const at of batch) if (!turns.isFree(at.key)) await memory.apart(untilRead(memory, [at], onRead));
    await untilRead(memory, free, onRead);
  }
}

async function untilRead(memory: FollowedMemory, keys: readonly KeyAddress[], onRead?: OnRead, attempts = ATTEMPTS_MAX): Promise<void> {
  const { home, onTrouble } = memory;
  const [at] = keys;
  if (at === undefined) return;
  const failure = await again(memory, () => readOnce(memory, keys, onRead), attempts);
  if (failure === undefined) return;
  if (keys.length > 1) {
    const middle = keys.length >> 1;
    for (const half of [keys.slice(0, middle), keys.slice(middle)]) {
      await untilRead(memory, half, onRead, half.length === 1 ? ATTEMPTS_MAX : 1);
    }
    return;
  }
  onTrouble(storeError(home.name, 'loadAll', home.store!.causeOf(failure), userKey(at), 'can not read the row'));
  await home.turns.take(at.key, () => forget(memory, at));
  onTrouble(undefined); // nothing more is tried; the error stays to be seen
}

async function readOnce(memory: FollowedMemory, keys: readonly KeyAddress[], onRead?: OnRead): Promise<void> {
  const { home } = memory;
  await home.turns.takeAll(
    keys.map(({ key }) => key),
    async () => {
      const isOurs = staying(home);
      const found = byKey(home, 'loadAll', await home.store!.loadAll(keys.map(userKey)));
      await each(home, keys.length, (position) => {
        const at = keys[position]!;
        if (!isOurs(at)) return memory.onMissed(at); // it was elsewhere meanwhile
        const slot = memory.settle(at, found.get(at.key), false);
        if (slot >= 0) onRead?.(slot);
      });
    },
  );
}

function forget({ home }: FollowedMemory, at: KeyAddress): void {
  const slot = slotOf(home, at);
  if (slot < 0 || isPendingAt(home, slot)) return;
  noteGone(home, 'evicted', slot);
  home.records.remove(slot);
}

/** Runs `work` until it succeeds, with longer and longer pauses. Its error when it fails so many times, for a reason that does not pass. */
export async function again(memory: FollowedMemory, work: () => Promise<void>, attempts = ATTEMPTS_MAX): Promise<unknown> {
  const { home, signal, onTrouble } = memory;
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      await work();
      onTrouble(undefined);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      onTrouble(error);
      if (failures >= attempts && !PASSING.has(home.store!.failureKind(error))) return error;
      await pause(home.clock, backOffMs(failures, home.clock), signal);
    }
  }
}
