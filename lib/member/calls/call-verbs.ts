/** Verbs by the names they have on the wire. */
import { containsKey } from '../../operations/contains-key.ts';
import { entryView } from '../../operations/entry-view.ts';
import { evict } from '../../operations/evict.ts';
import { executeOnMatch } from '../../operations/execute-on-entries.ts';
import { executeOnKey } from '../../operations/execute.ts';
import { getAll } from '../../operations/get-all.ts';
import { get } from '../../operations/get.ts';
import type { KeyOperation, KeysOperation } from '../../operations/home.ts';
import { forceUnlock, isHeld, isLocked, lock, unlock } from '../../operations/lock.ts';
import { putAll } from '../../operations/put-all.ts';
import { putIfAbsent } from '../../operations/put-if-absent.ts';
import { putTransient } from '../../operations/put-transient.ts';
import { put } from '../../operations/put.ts';
import { deleteKey, remove, removeIfSame } from '../../operations/remove.ts';
import { replace, replaceIfSame } from '../../operations/replace.ts';
import { setTtl } from '../../operations/set-ttl.ts';
import { set } from '../../operations/set.ts';

/** A verb of which nobody here knows what its arguments and answers are. */
export type AnyKeyOperation = KeyOperation<unknown, unknown>;
export type AnyKeysOperation = KeysOperation<unknown, unknown>;

const ON_KEY: ReadonlyMap<string, AnyKeyOperation> = byName<AnyKeyOperation>([
  containsKey,
  deleteKey,
  entryView,
  evict,
  executeOnKey,
  executeOnMatch,
  forceUnlock,
  get,
  isHeld,
  isLocked,
  lock,
  put,
  putIfAbsent,
  putTransient,
  remove,
  removeIfSame,
  replace,
  replaceIfSame,
  set,
  setTtl,
  unlock,
]);
const ON_KEYS: ReadonlyMap<string, AnyKeysOperation> = byName<AnyKeysOperation>([getAll, putAll]);

/** Throws an Error for a verb of another version of the library. */
export function keyVerb(name: string): AnyKeyOperation {
  return known(ON_KEY.get(name), name);
}

export function keysVerb(name: string): AnyKeysOperation {
  return known(ON_KEYS.get(name), name);
}

function byName<T extends { readonly name: string }>(verbs: readonly T[]): ReadonlyMap<string, T> {
  return new Map(verbs.map((verb) => [verb.name, verb]));
}

function known<T>(verb: T | undefined, name: string): T {
  if (verb === undefined) throw new Error(`this member knows no call '${name}'`);
  return verb;
}
