/** A member: the memory of its maps and the thread they run in. The only place that wires the rooms together. */
import { Turns } from '../base/turns.ts';
import { createColumnMemory, type ColumnMemory } from '../columns/column-memory.ts';
import { createLiveRows } from '../columns/live-rows.ts';
import type { InstanceConfig } from '../config/instance-config.ts';
import type { MapConfig } from '../config/map-config.ts';
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import { valueForm } from '../data/value.ts';
import { createAttributeSet, type Slices } from '../indexes/attribute-set.ts';
import { MapCounters } from '../metrics/map-counters.ts';
import { ChangedKeys } from '../operations/changed-keys.ts';
import { MapEvents } from '../operations/map-events.ts';
import { unpin } from '../operations/memory.ts';
import type { MapHome } from '../operations/home.ts';
import type { KeyAddresser } from '../operations/load-from-store.ts';
import { loadOwned } from '../operations/load-owned.ts';
import { settleWrites } from '../operations/queue-write.ts';
import { KeyLocks } from '../partition/key-locks.ts';
import type { StoreCalls } from '../persistence/store-calls.ts';
import { WriteBehind } from '../persistence/write-behind.ts';
import { createQueryEngine } from '../query/query-engine.ts';
import { importPart } from './import-part.ts';
import { Following } from './following.ts';
import { mapRecords } from './map-records.ts';
import type { MapsState } from './replicas/maps-state.ts';
import { OpenMap } from './open-map.ts';
import { openStore } from './open-store.ts';
import { RecordSource } from './record-source.ts';
import type { SharedMap } from './replicas/shared-map.ts';

export class Member {
  readonly #config: InstanceConfig;
  readonly #slices: Slices;
  readonly #state: MapsState | undefined;
  #memory: ColumnMemory | undefined;

  /** `state`: the memory that the member has in a cluster. Left out: it is the only one. */
  constructor(config: InstanceConfig, state?: MapsState) {
    this.#config = config;
    this.#state = state;
    const { clock, querySliceMs } = config;
    this.#slices = Object.freeze({ now: () => clock.now(), sliceMs: querySliceMs, pause: () => clock.yield() });
  }

  /** Makes the map: opens its store, loads nothing yet. Errors: ERR_CONFIG, ERR_MAP_STORE, ERR_STORE_SCHEMA. */
  async open(name: string, config: MapConfig, addresses: KeyAddresser): Promise<OpenMap> {
    const store = await openStore(name, config.mapStore, this);
    const shared = this.#state?.shareOf(name, config);
    const map = await this.#openWith(name, config, addresses, store, shared).catch((error: unknown) => {
      if (shared !== undefined) this.#state!.detach(shared);
      throw error;
    });
    if (shared === undefined) return map;
    map.onFree = () => this.#state!.detach(shared);
    shared.onUnloaded = () => map.gate.reopen();
    shared.onArrived = (partition) => map.following?.came(partition);
    await this.#state!.attach(shared, map.home);
    map.following?.attached();
    return map;
  }

  async #openWith(
    name: string,
    config: MapConfig,
    addresses: KeyAddresser,
    store: StoreCalls | undefined,
    shared: SharedMap | undefined,
  ): Promise<OpenMap> {
    const closing = new AbortController();
    const home = this.#home(name, config, store, closing.signal, shared);
    if (store === undefined) return new OpenMap(home, closing);
    const following = await this.#follow(home, closing, addresses);
    const load = (): Promise<void> => {
      following?.fill();
      return loadOwned(home, addresses, closing.signal);
    };
    // What can be asked for one by one need not wait until all is loaded.
    return new OpenMap(home, closing, { run: load, isWaitedFor: !store.loads }, following);
  }

  /** Before anything is loaded, so that no change is missed. */
  async #follow(home: MapHome, closing: AbortController, addresses: KeyAddresser): Promise<Following | undefined> {
    try {
      return await Following.start(home, addresses);
    } catch (error) {
      closing.abort(error);
      await home.store!.destroy();
      throw error;
    }
  }

  #home(name: string, config: MapConfig, store: StoreCalls | undefined, closing: AbortSignal, shared: SharedMap | undefined): MapHome {
    const { clock, simd } = this.#config;
    const memory = (this.#memory ??= createColumnMemory({ simd }));
    const form = valueForm(config.values);
    const attributes = createAttributeSet({ memory, columnBudgetBytes: config.columnBudgetBytes });
    const live = createLiveRows(memory);
    const known = { config, slices: this.#slices, closing };
    const records = mapRecords({ live, attributes, form }, known, this.#config, () => home, shared);
    const source = new RecordSource(records, attributes, memory, this.#slices);
    const writeBehind = store?.writes === true ? config.mapStore?.writeBehind : undefined;
    const home: MapHome = {
      name,
      instance: this,
      config,
      clock,
      records,
      attributes,
      queries: createQueryEngine({ source, slices: this.#slices, resultSizeLimit: config.resultSizeLimit }),
      slices: this.#slices,
      counters: new MapCounters(clock.now()),
      store,
      behind:
        writeBehind &&
        new WriteBehind({
          calls: store!,
          config: writeBehind,
          clock,
          sliceMs: this.#slices.sliceMs,
          handOut: (stored) => form.handOut(stored),
          onSettled: (writes) => settleWrites(home, writes),
          maySend: shared && (() => shared.mayStore()),
          committed: shared && ((partitions) => shared.areCertain(partitions)),
        }),
      turns: new Turns<StoredKey>(new KeyMap()),
      locks: new KeyLocks({
        after: clock.after.bind(clock),
        onChange: shared && ((at) => shared.lockChanges(at)),
        onReleased: (at) => unpin(home, [at]),
      }),
      importPart,
      processed: new KeyMap(),
      loads: new KeyMap(),
      closing,
      changedKeys: new ChangedKeys(),
      share: shared,
      events: new MapEvents(this.#slices),
    };
    return home;
  }
}
