/** From a map's configuration to its store: given, made by a factory, or exported by a module (M54). */
import type { MapStoreFactory } from '../api/map-store.ts';
import type { AnyStore, MapStoreConfig } from '../config/map-config.ts';
import { factoryProblems, isModuleReference, storeProblems } from '../config/store-shape.ts';
import { ConfigError, MapStoreReentryError } from '../errors.ts';
import { asStoreCall } from '../persistence/reentry.ts';
import { StoreCalls, storeError } from '../persistence/store-calls.ts';
import { importPart } from './import-part.ts';

/** Opens the store (`init`). `scope` stands for the instance. `undefined` when the map has none, by configuration or because the factory gave none. */
export async function openStore(name: string, config: MapStoreConfig | undefined, scope: object): Promise<StoreCalls | undefined> {
  if (config === undefined) return undefined;
  const store = await storeOf(name, config, scope);
  if (store === undefined) return undefined;
  const calls = new StoreCalls(name, store, scope);
  await calls.init(config.properties);
  return calls;
}

async function storeOf(
  name: string,
  { implementation, factory, properties }: MapStoreConfig,
  scope: object,
): Promise<AnyStore | undefined> {
  if (implementation !== undefined) {
    return isModuleReference(implementation) ? asStore(name, await importPart(implementation, `map '${name}'`), EXPORTED) : implementation;
  }
  const maker = isModuleReference(factory!) ? asFactory(name, await importPart(factory, `map '${name}'`)) : factory!;
  let store: AnyStore | undefined | null;
  try {
    store = await asStoreCall(scope, name, 'newMapStore', async () => maker.newMapStore(name, properties));
  } catch (cause) {
    if (cause instanceof MapStoreReentryError) throw cause;
    throw storeError(name, 'newMapStore', cause);
  }
  return store === undefined || store === null ? undefined : asStore(name, store, 'what the factory made');
}

const EXPORTED = 'what the module exports';

function asStore(name: string, part: unknown, what: string): AnyStore {
  mustFit<AnyStore>(name, part, what, storeProblems);
  return part;
}

function asFactory(name: string, part: unknown): MapStoreFactory<unknown, unknown> {
  mustFit<MapStoreFactory<unknown, unknown>>(name, part, EXPORTED, factoryProblems);
  return part;
}

function mustFit<T>(name: string, part: unknown, what: string, problemsOf: (part: unknown) => string[]): asserts part is T {
  const problems = problemsOf(part);
  if (problems.length > 0) throw new ConfigError(`map '${name}': ${what} ${problems.join('; it ')}`);
}
