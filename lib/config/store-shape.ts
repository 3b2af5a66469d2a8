/** What can be written for a map's store: the object itself, by what it has of the methods of `MapLoader`, `MapStore` and `MapLoaderLifecycle`; or a module. */
import type { ModuleReference } from '../api/map-store.ts';
import type { AnyStore } from './map-config.ts';
import { describe, isObject } from './options-reader.ts';

/** One of these at least: what only deletes is no store, but a Map given by mistake. */
const NEEDED: readonly (keyof AnyStore)[] = ['load', 'loadAll', 'loadOwned', 'store', 'storeAll'];
const METHODS: readonly (keyof AnyStore)[] = [
  ...NEEDED,
  'loadAllKeys',
  'find',
  'follow',
  'delete',
  'deleteAll',
  'failureKind',
  'init',
  'destroy',
];

/** What is wrong with it, each to be put after its name; none when it can be a store. */
export function storeProblems(store: unknown): string[] {
  if (typeof store === 'function') return ['is a function or a class: write the store object itself, or a `factory`'];
  if (typeof store !== 'object' || store === null) return [`must be a store object, not ${describe(store)}`];
  const methods = store as Readonly<Record<string, unknown>>;
  if (NEEDED.every((name) => methods[name] === undefined)) return [`has none of the methods of a store: ${NEEDED.join(', ')}`];
  return METHODS.filter((name) => methods[name] !== undefined && typeof methods[name] !== 'function').map(
    (name) => `has a \`${name}\` that is no method but ${describe(methods[name])}`,
  );
}

/** The same for a factory of stores. */
export function factoryProblems(factory: unknown): string[] {
  if (isObject(factory) && typeof factory['newMapStore'] === 'function') return [];
  return ['must be an object with a method `newMapStore`'];
}

/** Whether it names a module instead of being the part itself. */
export function isModuleReference(part: unknown): part is ModuleReference {
  if (!isObject(part) || !Object.hasOwn(part, 'module')) return false;
  const prototype: unknown = Object.getPrototypeOf(part);
  return prototype === Object.prototype || prototype === null; // a file's has none
}
