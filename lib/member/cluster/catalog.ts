/** The maps that are open on this member. A map is opened when it is first called, or when it gets a partition that has entries. */
import { isDeepStrictEqual } from 'node:util';
import type { MapOptions } from '../../api/instance.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import type { MapConfig } from '../../config/map-config.ts';
import { resolveMapOptions } from '../../config/resolve.ts';
import { valueForm, type ValueForm } from '../../data/value.ts';
import { ConfigError } from '../../errors.ts';
import type { IndexDefinition } from '../../indexes/index-contract.ts';
import { isSameIndex } from '../../indexes/index-definition.ts';
import { addIndex } from '../../operations/add-index.ts';
import { importPart } from '../import-part.ts';
import { KeyAddresses } from '../key-addresses.ts';
import type { Member } from '../member.ts';
import type { OpenMap } from '../open-map.ts';
import { LocalRoutes } from '../router.ts';

/** A map that is open here. */
export interface HeldMap {
  readonly name: string;
  readonly config: MapConfig;
  readonly addresses: KeyAddresses;
  readonly open: OpenMap;
  /** To what this member has of it. */
  readonly routes: LocalRoutes;
}

interface Entry {
  readonly opened: Promise<HeldMap>;
  /** `undefined` until it is open. */
  held: HeldMap | undefined;
  /** Set when it is being closed. */
  leaving: Promise<void> | undefined;
}

/** What a member knows of a map before it is open. */
export interface KnownMap {
  readonly name: string;
  readonly config: MapConfig;
  readonly addresses: KeyAddresses;
  readonly form: ValueForm;
}

export interface AddedConfig {
  readonly name: string;
  readonly options: MapOptions;
}

export class Catalog {
  readonly #config: InstanceConfig;
  readonly #member: Member;
  readonly #known = new Map<string, Promise<KnownMap>>();
  readonly #knownNow = new Map<string, KnownMap>();
  readonly #entries = new Map<string, Entry>();
  readonly #configs: AddedConfig[] = [];
  /** Indexes that were added at run time, by map. */
  readonly #added = new Map<string, IndexDefinition[]>();
  #refusal: (() => Error) | undefined;

  constructor(config: InstanceConfig, member: Member) {
    this.#config = config;
    this.#member = member;
  }

  /** Configurations that were added at run time, by name or pattern. */
  get addedConfigs(): readonly AddedConfig[] {
    return this.#configs;
  }

  /** Adds a configuration for maps that nobody uses yet, or only looks whether it could. Errors: ERR_CONFIG. */
  configure(name: string, options: MapOptions, adds: boolean): void {
    if (this.#configs.some((one) => one.name === name && isDeepStrictEqual(one.options, options))) return; // said again, by whoever was not heard
    const config = resolveMapOptions(options, `maps.${name}`);
    if (!adds) return this.#config.maps.check(name, config, this.#known.keys());
    this.#config.maps.add(name, config, this.#known.keys());
    this.#configs.push({ name, options });
  }

  /** The map if it is open and not being closed. */
  held(name: string): HeldMap | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.leaving !== undefined ? undefined : entry.held;
  }

  /** All that are open. */
  *all(): Generator<HeldMap, void, undefined> {
    for (const { held, leaving } of this.#entries.values()) if (held !== undefined && leaving === undefined) yield held;
  }

  /** As `known`, for maps that somebody has asked for already. */
  knownNow(name: string): KnownMap {
    const known = this.#knownNow.get(name);
    if (known === undefined) throw new Error(`map '${name}' is not known yet`);
    return known;
  }

  /** Configuration and keys of a map. Errors: ERR_CONFIG. */
  known(name: string): Promise<KnownMap> {
    const found = this.#known.get(name);
    if (found !== undefined) return found;
    const known = knownMap(this.#config, name);
    this.#known.set(name, known);
    known.then(
      (one) => this.#knownNow.set(name, one),
      () => this.#known.delete(name), // whoever asks next tries again
    );
    return known;
  }

  /** Errors: those of `Member.open`, and of an index of the configuration. */
  async open(name: string): Promise<HeldMap> {
    for (;;) {
      if (this.#refusal !== undefined) throw this.#refusal();
      const entry = this.#entries.get(name) ?? this.#begin(name);
      if (entry.leaving === undefined) return entry.opened;
      await entry.leaving.catch(() => undefined); // an error of closing is for whoever closed
    }
  }

  /** Maps with indexes that were added at run time, with those. */
  addedIndexes(): [map: string, indexes: readonly IndexDefinition[]][] {
    return [...this.#added];
  }

  /** The map has this index, from when it is opened here. */
  note(name: string, definition: IndexDefinition): void {
    const indexes = this.#added.get(name) ?? [];
    if (indexes.some((one) => isSameIndex(one, definition))) return;
    this.#added.set(name, [...indexes, definition]);
  }

  /** Resolves when the index is built. Errors: ERR_INDEX; those of opening the map. */
  async addIndex(name: string, definition: IndexDefinition): Promise<void> {
    const { routes } = await this.open(name);
    await routes.onMember(addIndex, definition);
    this.note(name, definition);
  }

  /** What was added to the map at run time counts no more. */
  forget(name: string): void {
    this.#added.delete(name);
  }

  /** Closes the map here and forgets it. Errors: those of `OpenMap.close`. */
  async close(name: string, refusal: () => Error, timeoutMs: number): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry !== undefined) await this.#leave(name, entry, refusal, timeoutMs);
  }

  /** Nothing is opened any more, and all maps are closed: who calls gets this error. The errors of those that were not closed cleanly. */
  async closeAll(refusal: () => Error, timeoutMs: number): Promise<readonly unknown[]> {
    this.#refusal ??= refusal;
    const left = await Promise.allSettled([...this.#entries].map(([name, entry]) => this.#leave(name, entry, refusal, timeoutMs)));
    return left.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  }

  #begin(name: string): Entry {
    const opened = this.#open(name).then((held) => (entry.held = held));
    const entry: Entry = { opened, held: undefined, leaving: undefined };
    this.#entries.set(name, entry);
    opened.catch(() => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name); // whoever asks next tries again
    });
    return entry;
  }

  async #open(name: string): Promise<HeldMap> {
    const { config, addresses } = await this.known(name);
    const open = await this.#member.open(name, config, addresses);
    await open.prepare({ eager: config.mapStore?.initialMode === 'EAGER', indexes: [...config.indexes, ...(this.#added.get(name) ?? [])] });
    return { name, config, addresses, open, routes: new LocalRoutes(open.home, open.gate) };
  }

  #leave(name: string, entry: Entry, refusal: () => Error, timeoutMs: number): Promise<void> {
    entry.leaving ??= entry.opened
      .then(
        ({ open }) => open.close(refusal, timeoutMs),
        () => undefined,
      )
      .finally(() => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
      });
    return entry.leaving;
  }
}

async function knownMap(instance: InstanceConfig, name: string): Promise<KnownMap> {
  const config = instance.maps.for(name);
  const { partitionKey } = config;
  const affinity = typeof partitionKey === 'object' ? await importPart(partitionKey, `partitionKey of map '${name}'`) : partitionKey;
  if (affinity !== undefined && typeof affinity !== 'function')
    throw new ConfigError(`partitionKey of map '${name}': the module's export is no function`);
  const addresses = new KeyAddresses(instance.partitionCount, affinity as ((key: unknown) => unknown) | undefined);
  return { name, config, addresses, form: valueForm(config.values) };
}
