/** A map as a member holds it: its home, its door, and how it begins and ends. */
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

export class OpenMap {
  readonly home: MapHome;
  readonly gate: Gate;
  /** How the map follows its database, if it does. */
  readonly following: Following | undefined;
  readonly #closer: AbortController;
  #closing: Promise<void> | undefined;

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
   * Refuses further calls, waits for those under way, stores what write-behind has queued, for at most `timeoutMs` from now, then closes the store and
   * gives memory back. An initial load is given up. Closing again is the same closing.
   */
  close(refusal: () => Error, timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(refusal, timeoutMs);
    return this.#closing;
  }

  async #close(refusal: () => Error, timeoutMs: number): Promise<void> {
    const { attributes, behind, events, locks, queries, records, store } = this.home;
    const left = this.gate.close(refusal);
    locks.close(refusal()); // a lock that somebody forgot keeps nobody here
    this.#closer.abort(refusal());
    behind?.beginClosing(timeoutMs);
    await left;
    await this.following?.closed();
    await events.close();
    await attributes.settled();
    try {
      await closeInOrder(behind, store);
    } finally {
      records.clear();
      records.free();
      queries.free();
      attributes.free();
    }
  }
}

/** The store is closed also when it did not take everything; what it did not take is the graver error. */
async function closeInOrder(behind: MapHome['behind'], store: MapHome['store']): Promise<void> {
  const [stored] = await Promise.allSettled([behind?.close()]);
  const [closed] = await Promise.allSettled([store?.destroy()]);
  if (stored.status === 'rejected') throw stored.reason;
  if (closed.status === 'rejected') throw closed.reason;
}
