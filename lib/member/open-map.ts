/** A map as a member holds it: its home, its door, and how it begins and ends. */
import { endsWithin } from '../base/ends-within.ts';
import { MapStoreError } from '../errors.ts';
import type { IndexDefinition } from '../indexes/index-contract.ts';
import type { MapHome } from '../operations/home.ts';
import type { Following } from './following.ts';
import { Gate } from './gate.ts';

/** How a map is filled from its store when it is first used. */
export interface InitialLoad {
  readonly run: () => Promise<void>;
  /** Whether calls on single keys must wait for it, as calls on the whole map do. */
  readonly isWaitedFor: boolean;
}

/** How long the last calls of a map, of `onDeadLetter` and of the store's `destroy`, may take each: as long again as `timeoutMs`, within these. */
const LAST_MIN_MS = 1000;
const LAST_MAX_MS = 5000;

export class OpenMap {
  readonly home: MapHome;
  readonly gate: Gate;
  /** How the map follows its database, if it does. */
  readonly following: Following | undefined;
  /** Called when its memory is about to be given back. */
  onFree: (() => void) | undefined;
  readonly #closer: AbortController;
  #closing: Promise<void> | undefined;
  /** What the map waits for to be closed; `undefined`: nobody uses it any more. */
  #waitsFor: string | undefined;

  /** `closer` is the one of `home.closing`. `load` is left out when there is no store. */
  constructor(home: MapHome, closer: AbortController, load?: InitialLoad, following?: Following) {
    this.home = home;
    this.following = following;
    this.#closer = closer;
    this.gate = new Gate(load && { open: load.run, early: !load.isWaitedFor });
  }

  /** The initial load, if it may not wait for the first call, and the indexes of the configuration, in this order: building is quicker than adding. */
  async prepare({ eager, indexes }: { readonly eager: boolean; readonly indexes: readonly IndexDefinition[] }): Promise<void> {
    const { attributes, records, slices } = this.home;
    if (!eager && indexes.length === 0) return;
    await this.gate.enter(async () => {
      for (const index of indexes) {
        this.gate.check();
        await attributes.addIndex(index, records, slices);
      }
    });
  }

  /**
   * Refuses further calls, waits for those under way while what write-behind has queued is stored, for at most `timeoutMs` from now, then closes the
   * store and gives memory back. An initial load is given up. Closing again is the same closing. Errors: ERR_MAP_STORE when writes are lost, when
   * something has not ended in time (the calls that hang keep memory until they end), or when the store can't be closed.
   */
  close(refusal: () => Error, timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(refusal, timeoutMs);
    return this.#closing;
  }

  async #close(refusal: () => Error, timeoutMs: number): Promise<void> {
    const { behind, clock, store } = this.home;
    const lastMs = timeoutMs === Infinity ? Infinity : Math.min(Math.max(timeoutMs, LAST_MIN_MS), LAST_MAX_MS);
    const deadline = clock.now() + timeoutMs;
    const ended = this.#end(refusal);
    behind?.beginClosing(timeoutMs);
    if (!(await endsWithin(clock, timeoutMs, ended))) await clock.yield(); // what is refused now has to leave yet
    const [saved] = await Promise.allSettled([behind?.close(lastMs)]);
    // Also when it did not take everything.
    const destroyed = (async () => store?.destroy())();
    const isDestroyed = await endsWithin(clock, Math.max(deadline - clock.now(), lastMs), destroyed);
    const hanging = this.#waitsFor ?? (isDestroyed ? undefined : "the store's destroy");
    const freed = ended.finally(() => this.#free());
    if (this.#waitsFor === undefined) await freed;
    else freed.catch(() => undefined); // nobody hears of it any more
    const unsavedError = saved.status === 'rejected' ? (saved.reason as unknown) : undefined;
    if (hanging !== undefined) throw this.#hangs(hanging, timeoutMs, unsavedError);
    if (unsavedError !== undefined) throw unsavedError;
    await destroyed;
  }

  /** Resolves when nobody uses the map any more. */
  async #end(refusal: () => Error): Promise<void> {
    const { attributes, events, locks } = this.home;
    const left = this.gate.close(refusal);
    locks.close(refusal()); // a lock that somebody forgot keeps nobody here
    this.#closer.abort(refusal());
    const steps: readonly (readonly [string, () => Promise<unknown> | undefined])[] = [
      ['the initial load or a call that had begun', () => left],
      ['the following of the database', () => this.following?.closed()],
      ['a listener', () => events.close()],
      ['the building of an index', () => attributes.settled()],
    ];
    for (const [name, step] of steps) {
      this.#waitsFor = name;
      await step();
    }
    this.#waitsFor = undefined;
  }

  #hangs(what: string, timeoutMs: number, cause: unknown): MapStoreError {
    const { name: map } = this.home;
    const unsaved = cause instanceof MapStoreError ? cause.details['unsaved'] : 0;
    const lost = unsaved === 0 ? '' : `; writes not stored: ${String(unsaved)}`;
    const message = `map '${map}': closing was given up after ${timeoutMs} ms, because ${what} has not ended${lost}`;
    return new MapStoreError(message, { cause, details: { map, operation: 'close', hanging: what, unsaved } });
  }

  #free(): void {
    const { attributes, queries, records } = this.home;
    this.onFree?.();
    records.clear();
    records.free();
    queries.free();
    attributes.free();
  }
}
