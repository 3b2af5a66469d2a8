/** A member: the memory of its maps and the thread they run in. The only place that wires the rooms together. */
import { Turns } from '../base/turns.ts';
import { createColumnMemory, type ColumnMemory } from '../columns/column-memory.ts';
import { createLiveRows } from '../columns/live-rows.ts';
import type { InstanceConfig, MapConfig } from '../config/map-config.ts';
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';
import { valueForm } from '../data/value.ts';
import { ConfigError } from '../errors.ts';
import { createAttributeSet, type Slices } from '../indexes/attribute-set.ts';
import { defineIndex } from '../indexes/index-definition.ts';
import { MapCounters } from '../metrics/map-counters.ts';
import type { MapHome } from '../operations/home.ts';
import { loadFromStore } from '../operations/load-from-store.ts';
import { RecordStore } from '../partition/record-store.ts';
import { StoreCalls } from '../persistence/store-calls.ts';
import { createQueryEngine } from '../query/query-engine.ts';
import { Gate } from './gate.ts';
import { RecordSource } from './record-source.ts';
import type { KeyAddresser } from '../operations/load-from-store.ts';

/** A map as a member holds it. */
export interface OpenMap {
  readonly home: MapHome;
  readonly gate: Gate;
  /** Closes the store and gives memory back. Calls that come later are refused with `refusal`. */
  close(refusal: () => Error): Promise<void>;
}

export class Member {
  readonly #config: InstanceConfig;
  readonly #slices: Slices;
  #memory: ColumnMemory | undefined;

  constructor(config: InstanceConfig) {
    this.#config = config;
    const { clock, querySliceMs } = config;
    this.#slices = Object.freeze({ now: () => clock.now(), sliceMs: querySliceMs, pause: () => clock.yield() });
  }

  /** Makes the map: memory, store, indexes, and the initial load where it may not wait. Errors: ERR_CONFIG, ERR_INDEX, ERR_MAP_STORE. */
  async open(name: string, config: MapConfig, addresses: KeyAddresser): Promise<OpenMap> {
    const store = await this.#openStore(name, config);
    const home = this.#home(name, config, store);
    const loading = new AbortController();
    const load = (): Promise<void> => loadFromStore(home, addresses, loading.signal);
    const gate = new Gate(store === undefined ? undefined : load);
    const close = async (refusal: () => Error): Promise<void> => {
      gate.close(refusal);
      loading.abort(refusal());
      await home.attributes.settled();
      await store?.destroy();
      home.records.clear();
      home.records.free();
      home.attributes.free();
    };
    try {
      const indexes = config.indexes.map((index) => defineIndex(index));
      if (config.mapStore?.initialMode === 'EAGER' || indexes.length > 0) await gate.pass();
      for (const index of indexes) await home.attributes.addIndex(index, home.records, home.slices);
    } catch (error) {
      await close(() => new ConfigError(`map '${name}' could not be opened`, { cause: error })).catch(() => undefined);
      throw error;
    }
    return { home, gate, close };
  }

  async #openStore(name: string, { mapStore }: MapConfig): Promise<StoreCalls | undefined> {
    if (mapStore === undefined) return undefined;
    const store = mapStore.implementation ?? (await mapStore.factory!.newMapStore(name, mapStore.properties));
    if (store === undefined || store === null) return undefined;
    const calls = new StoreCalls(name, store);
    await calls.init(mapStore.properties);
    return calls;
  }

  #home(name: string, config: MapConfig, store: StoreCalls | undefined): MapHome {
    const { clock, partitionCount, simd } = this.#config;
    const memory = (this.#memory ??= createColumnMemory({ simd }));
    const form = valueForm(config.values);
    const attributes = createAttributeSet({ memory, columnBudgetBytes: config.columnBudgetBytes });
    const live = createLiveRows(memory);
    const { timeToLiveMs: ttlMs, maxIdleMs } = config;
    const records = new RecordStore({ partitionCount, live, attributes, form, ttlMs, maxIdleMs });
    const source = new RecordSource(records, attributes, memory, clock);
    return {
      name,
      config,
      clock,
      records,
      attributes,
      queries: createQueryEngine({ source, slices: this.#slices, resultSizeLimit: config.resultSizeLimit }),
      slices: this.#slices,
      counters: new MapCounters(clock.now()),
      store,
      turns: new Turns<StoredKey>(new KeyMap()),
      loads: new KeyMap(),
    };
  }
}
