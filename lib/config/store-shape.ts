/** Whether an object can be a map's store: what it has of the methods of `MapLoader`, `MapStore` and `MapLoaderLifecycle`. */
import type { AnyStore } from './map-config.ts';
import { describe } from './options-reader.ts';

const WORK: readonly (keyof AnyStore)[] = ['load', 'loadAll', 'loadAllKeys', 'loadOwned', 'store', 'storeAll', 'delete', 'deleteAll'];
const METHODS: readonly (keyof AnyStore)[] = [...WORK, 'init', 'destroy'];

/** What is wrong with it, each to be put after its name; none when it can be a store. */
export function storeProblems(store: unknown): string[] {
  if (typeof store === 'function') return ['is a function or a class: write the store object itself, or a `factory`'];
  if (typeof store !== 'object' || store === null) return [`must be a store object, not ${describe(store)}`];
  const methods = store as Readonly<Record<string, unknown>>;
  if (WORK.every((name) => methods[name] === undefined)) return [`has none of the methods of a store: ${WORK.join(', ')}`];
  return METHODS.filter((name) => methods[name] !== undefined && typeof methods[name] !== 'function').map(
    (name) => `has a \`${name}\` that is no method but ${describe(methods[name])}`,
  );
}
