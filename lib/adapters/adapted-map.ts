/** The part of a map that caches of other libraries are made of. Every `IMap` with text keys is one. */
import type { ExpiryOptions } from '../api/entry.ts';

export interface AdaptedMap {
  readonly name: string;
  get(key: string): Promise<unknown>;
  getAll(keys: Iterable<string>): Promise<Map<string, unknown>>;
  set(key: string, value: unknown, options?: ExpiryOptions): Promise<void>;
  setAll(entries: Iterable<readonly [string, unknown]>): Promise<void>;
  remove(key: string): Promise<unknown>;
  delete(key: string): Promise<void>;
  clear(): Promise<void>;
  containsKey(key: string): Promise<boolean>;
  keySet(): Promise<string[]>;
  entrySet(): Promise<[string, unknown][]>;
}

/** Deletes the keys that begin with `prefix` from memory and from the store; all of them by `clear` when it is empty. */
export async function clearPrefix(map: AdaptedMap, prefix: string): Promise<void> {
  if (prefix === '') return map.clear();
  const keys = await map.keySet();
  await Promise.all(keys.filter((key) => typeof key === 'string' && key.startsWith(prefix)).map((key) => map.delete(key)));
}
