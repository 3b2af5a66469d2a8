/**
 * The walk that makes a value safe to keep: copies what could be changed, shares what can't.
 *
 * Objects and arrays are copied and frozen; a part that is frozen all the way down already is used as it is, so that a value read from a map and put
 * back, or spread into a new one (`{ ...employee, age: 31 }`), shares its unchanged parts. Dates, Maps and Sets become subclasses that refuse to
 * change. What can't be frozen at all (binary data, registered classes with private state) is copied and reported as `unshared`: it must be copied
 * once more for every reader, which is this same walk again.
 *
 * Nothing of the user's runs: accessors, proxies, symbols and unknown classes are refused before they are touched. There is no table of objects seen.
 * Shared parts are copied per reference, a cycle ends at the depth limit, and a part referred to exponentially often at the limit on parts.
 *
 * The order of the tests is the order of likelihood: ten fields with a nested object take about 0.6 us, a third of it for looking at property
 * descriptors.
 */
import { types } from 'node:util';
import { copyOfBytes, isBytes } from './bytes-copy.ts';
import { FrozenMap, FrozenSet } from './frozen-collections.ts';
import { frozenDate } from './frozen-date.ts';
import {
  dataKeys,
  isFrozenData,
  isPlainArray,
  isPlainDate,
  isPlainMap,
  isPlainObject,
  isPlainSet,
  refuseOddArray,
  refuseOwnProperties,
} from './plain.ts';
import { Refusal, kindOf, within } from './refusal.ts';
import { registeredClass } from './registered-classes.ts';

/** Levels of nesting a value may have. */
export const VALUE_DEPTH_MAX = 200;

/** Objects a value may consist of, counted once per reference. */
export const VALUE_PARTS_MAX = 1_000_000;

/** What a walk finds out beside the copy. */
export interface Walk {
  /** Objects that may still come. */
  partsLeft: number;
  /** Whether there is something inside that every reader needs a copy of. */
  unshared: boolean;
  /** Whether instances of registered classes may be inside. */
  readonly classes: boolean;
}

/** A copy that nobody can change. Throws Refusal. */
export function frozenCopy(value: unknown, walk: Walk): unknown {
  return isPrimitive(value) ? value : copyOf(value, 0, walk);
}

function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return type === 'object' ? value === null : type !== 'function' && type !== 'symbol';
}

function copyOf(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value !== 'object' || value === null) throw new Refusal(`${kindOf(value)} can't be stored`);
  if (depth === VALUE_DEPTH_MAX) throw new Refusal(`a value can't have more than ${VALUE_DEPTH_MAX} levels (or is this a cycle?)`);
  if (--walk.partsLeft < 0) throw new Refusal(`a value can't have more than ${VALUE_PARTS_MAX} parts`);
  if (types.isProxy(value)) throw new Refusal("a Proxy can't be stored");
  if (isPlainObject(value)) return recordCopy(value, depth, walk);
  if (isPlainArray(value)) return arrayCopy(value, depth, walk);
  if (isPlainDate(value)) return dateCopy(value);
  return rareCopy(value, depth, walk);
}

function recordCopy(value: Record<string, unknown>, depth: number, walk: Walk): object {
  const keys = dataKeys(value);
  let copy = isFrozenData(value, keys.length) ? undefined : shallowCopy(value);
  let key = '';
  try {
    for (let i = 0; i < keys.length; i++) {
      key = keys[i]!;
      const part = value[key];
      if (isPrimitive(part)) continue;
      const kept = copyOf(part, depth + 1, walk);
      if (kept === part) continue;
      copy ??= shallowCopy(value);
      copy[key] = kept; // an own property by now, so that even `__proto__` is only a name
    }
  } catch (error) {
    throw within(key, error);
  }
  return copy === undefined ? value : Object.freeze(copy);
}

function shallowCopy(value: Record<string, unknown>): Record<string, unknown> {
  return Object.getPrototypeOf(value) === null ? { __proto__: null, ...value } : { ...value };
}

function arrayCopy(value: readonly unknown[], depth: number, walk: Walk): readonly unknown[] {
  refuseOddArray(value);
  let copy = isFrozenData(value, value.length + 1) ? undefined : value.slice();
  let i = 0;
  try {
    for (; i < value.length; i++) {
      const part = (copy ?? value)[i];
      if (isPrimitive(part)) continue;
      const kept = copyOf(part, depth + 1, walk);
      if (kept === part) continue;
      copy ??= value.slice();
      copy[i] = kept;
    }
  } catch (error) {
    throw within(i, error);
  }
  return copy === undefined ? value : Object.freeze(copy);
}

function dateCopy(value: Date): Date {
  const copy = frozenDate(value);
  if (copy !== value) refuseOwnProperties(value);
  return copy;
}

function rareCopy(value: object, depth: number, walk: Walk): object {
  const prototype: object | null = Object.getPrototypeOf(value);
  const type = prototype === null ? undefined : registeredClass(prototype);
  if (type !== undefined && walk.classes)
    return type.copy === undefined ? instanceCopy(value, depth, walk) : copyByUser(value, type.copy, walk);
  if (isBytes(value)) {
    walk.unshared = true;
    return copyOfBytes(value);
  }
  if (isPlainMap(value)) return mapCopy(value, depth, walk);
  if (isPlainSet(value)) return setCopy(value, depth, walk);
  throw new Refusal(`${kindOf(value)} can't be stored${hint(value, walk)}`);
}

function hint(value: object, walk: Walk): string {
  if (!kindOf(value).startsWith('an instance')) return '';
  return walk.classes ? ' (registerClass allows it)' : ' in binary form';
}

function mapCopy(value: ReadonlyMap<unknown, unknown>, depth: number, walk: Walk): object {
  refuseOwnProperties(value);
  const entries: [unknown, unknown][] = [];
  let same = value instanceof FrozenMap;
  // By the base class's own iterator: nothing a user may have put over it runs.
  for (const [key, part] of Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>) {
    const kept: [unknown, unknown] = [contentCopy(key, entries.length, depth, walk), contentCopy(part, entries.length, depth, walk)];
    same &&= Object.is(kept[0], key) && Object.is(kept[1], part);
    entries.push(kept);
  }
  return same ? value : FrozenMap.of(entries);
}

function setCopy(value: ReadonlySet<unknown>, depth: number, walk: Walk): object {
  refuseOwnProperties(value);
  const elements: unknown[] = [];
  let same = value instanceof FrozenSet;
  for (const element of Set.prototype.values.call(value) as Iterable<unknown>) {
    const kept = contentCopy(element, elements.length, depth, walk);
    same &&= Object.is(kept, element);
    elements.push(kept);
  }
  return same ? value : FrozenSet.of(elements);
}

/** A key, value or element of a collection; its step in a path is its position. */
function contentCopy(part: unknown, position: number, depth: number, walk: Walk): unknown {
  try {
    return isPrimitive(part) ? part : copyOf(part, depth + 1, walk);
  } catch (error) {
    throw within(position, error);
  }
}

function instanceCopy(value: object, depth: number, walk: Walk): object {
  const prototype: object = Object.getPrototypeOf(value);
  const copy: object = Object.create(prototype);
  const names = dataKeys(value);
  let same = isFrozenData(value, names.length);
  let name = '';
  try {
    for (name of names) {
      const part: unknown = Reflect.get(value, name);
      const kept = isPrimitive(part) ? part : copyOf(part, depth + 1, walk);
      same &&= Object.is(kept, part);
      // Assigning could meet a setter of the class.
      Object.defineProperty(copy, name, { value: kept, enumerable: true });
    }
  } catch (error) {
    throw within(name, error);
  }
  return same ? value : Object.freeze(copy);
}

function copyByUser(value: object, copy: (instance: object) => unknown, walk: Walk): object {
  walk.unshared = true;
  let made: unknown;
  try {
    made = copy(value);
  } catch (error) {
    throw new Refusal(`the copy function of ${kindOf(value)} failed`, { cause: error });
  }
  if (typeof made === 'object' && made !== null && Object.getPrototypeOf(made) === Object.getPrototypeOf(value)) return made;
  throw new Refusal(`the copy function of ${kindOf(value)} gave ${kindOf(made)}`);
}
