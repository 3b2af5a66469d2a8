/**
 * Stores that call back into the map they serve (M57): such a call would wait for the very store call it is made from, so it is refused. A map's
 * `onDeadLetter` may use the map; what it must not do is wait until all is written, because that includes its own dead letter.
 */
import { CallContext } from '../base/call-context.ts';
import { MapStoreReentryError } from '../errors.ts';

interface StoreCall {
  /** Whose map it is: no two instances share one. */
  readonly scope: object;
  readonly mapName: string;
  readonly operation: string;
}

const DEAD_LETTER = 'onDeadLetter';
/** What waits until the write-behind queue is empty. */
const WAITS_FOR_QUEUE: ReadonlySet<string> = new Set(['flush', 'close', 'destroy']);

const storeCalls = new CallContext<StoreCall>();

/** Runs one call of a map's store. A store may use other maps. */
export async function asStoreCall<R>(scope: object, mapName: string, operation: string, call: () => Promise<R>): Promise<R> {
  return storeCalls.run({ scope, mapName, operation }, async () => call());
}

/** Runs a map's `onDeadLetter`. */
export function asDeadLetter<R>(scope: object, mapName: string, call: () => Promise<R>): Promise<R> {
  return asStoreCall(scope, mapName, DEAD_LETTER, call);
}

/** Whether the present call was made by the `onDeadLetter` of this map. */
export function isInDeadLetter(scope: object, mapName: string): boolean {
  return callsAround(scope, mapName).some(({ operation }) => operation === DEAD_LETTER);
}

/**
 * Throws MapStoreReentryError when called from within a call of the store of this map, of any map of the instance when `mapName` is left out.
 * Costs one comparison while no store is being called.
 */
export function refuseReentry(scope: object, called: string, mapName?: string): void {
  for (const call of callsAround(scope, mapName)) {
    const details = { map: call.mapName, operation: call.operation, called };
    if (call.operation !== DEAD_LETTER)
      throw new MapStoreReentryError(
        `map '${call.mapName}': its store called '${called}' from within '${call.operation}', which would wait for that very call: ` +
          'a store must not use the map it serves',
        { details },
      );
    if (WAITS_FOR_QUEUE.has(called))
      throw new MapStoreReentryError(
        `map '${call.mapName}': its ${DEAD_LETTER} called '${called}', which waits for the very dead letter that is being given: ` +
          'change the map from there if need be, but do not wait until all is written',
        { details },
      );
  }
}

const NONE: readonly StoreCall[] = [];

/** Calls of the stores of this map, or of any map of the instance, that the present one was made from. */
function callsAround(scope: object, mapName: string | undefined): readonly StoreCall[] {
  if (storeCalls.isQuiet) return NONE;
  return [...storeCalls.around()].filter((call) => call.scope === scope && (mapName ?? call.mapName) === call.mapName);
}
