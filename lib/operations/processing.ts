/**
 * Entry processors and the calls they make. A processor holds its entry's turn, so a call it makes that needs the same turn would wait for itself:
 * such a call is refused.
 */
import { CallContext } from '../base/call-context.ts';
import { fromKey, sameKey, type StoredKey } from '../data/key.ts';
import { EntryProcessorError } from '../errors.ts';
import type { MapHome } from './home.ts';

/** A processor at work. */
interface Running {
  readonly home: MapHome;
  readonly key: StoredKey;
}

const processors = new CallContext<Running>();

/** Runs a processor on an entry whose turn is held. */
export function asProcessor<R>(home: MapHome, key: StoredKey, process: () => R | Promise<R>): R | Promise<R> {
  return processors.run({ home, key }, process);
}

/** Whether a processor is at work on the entry: to readers it is there until that has ended. */
export function isProcessedAt({ records, processed }: MapHome, slot: number): boolean {
  return processed.size > 0 && processed.get(records.storedKeyAt(slot)) === true;
}

/** Throws EntryProcessorError when called from a processor of this very entry. Costs one comparison while no processor runs. */
export function refuseOwnEntry(home: MapHome, key: StoredKey): void {
  if (processors.isQuiet) return;
  const running = processorWhich((one) => one.home === home && sameKey(one.key, key));
  if (running === undefined) return;
  throw new EntryProcessorError(
    `map '${home.name}': an entry processor called the map for the very entry it is working on, and would wait for itself: use the entry it was given`,
    { details: { map: home.name, key: fromKey(key) } },
  );
}

/**
 * Throws EntryProcessorError when called from a processor of a map that `called` would wait for: of this map, or when `mapName` is left out of any map
 * of the instance.
 */
export function refuseWithinProcessor(instance: object, called: string, mapName?: string): void {
  if (processors.isQuiet) return;
  const running = processorWhich(({ home }) => home.instance === instance && (mapName ?? home.name) === home.name);
  if (running === undefined) return;
  const { home, key } = running;
  throw new EntryProcessorError(`map '${home.name}': an entry processor called '${called}', which would wait for that very processor`, {
    details: { map: home.name, key: fromKey(key), called },
  });
}

/** The innermost processor that the present call is made from, and that is such a one. */
function processorWhich(isSuch: (running: Running) => boolean): Running | undefined {
  for (const running of processors.around()) if (isSuch(running)) return running;
  return undefined;
}
