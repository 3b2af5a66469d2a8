/** Plain data: what may be copied part by part without losing anything, told from what only looks like it. */
import { types } from 'node:util';
import { FrozenMap, FrozenSet } from './frozen-collections.ts';
import { FrozenDate } from './frozen-date.ts';
import { Refusal } from './refusal.ts';

/** An object made by `{}`, `Object.create(null)` or JSON, also one from another realm. Not to be asked about a Proxy. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Another realm's Object.prototype: at the root, and has what only an Object.prototype has of its own.
  return typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** An array that is not of a subclass. */
export function isPlainArray(value: object): value is unknown[] {
  return Array.isArray(value) && Array.isArray(Object.getPrototypeOf(value));
}

/** A Date that is not of a subclass, our own excepted. */
export function isPlainDate(value: object): value is Date {
  return types.isDate(value) && (Object.getPrototypeOf(value) === FrozenDate.prototype || isDirectInstance(value));
}

export function isPlainMap(value: object): value is Map<unknown, unknown> {
  return types.isMap(value) && (Object.getPrototypeOf(value) === FrozenMap.prototype || isDirectInstance(value));
}

export function isPlainSet(value: object): value is Set<unknown> {
  return types.isSet(value) && (Object.getPrototypeOf(value) === FrozenSet.prototype || isDirectInstance(value));
}

/** Whether there is exactly one prototype between the object and an Object.prototype, of whatever realm: no subclass. */
function isDirectInstance(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  const base: object | null = prototype === null ? null : Object.getPrototypeOf(prototype);
  return base !== null && Object.getPrototypeOf(base) === null;
}

/** Whether the object can be shared as far as it goes itself: frozen, and with `count` own properties, so that none is hidden. */
export function isFrozenData(object: object, count: number): boolean {
  return Object.isFrozen(object) && Object.getOwnPropertyNames(object).length === count;
}

/**
 * The enumerable own properties of an object, checked to be data: no accessor is run. Throws Refusal for accessors and symbols; properties
 * that are not enumerable are left out, as by `{ ...object }`.
 */
export function dataKeys(object: object): string[] {
  refuseSymbols(object);
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, keys[i]!);
    if (descriptor?.get === undefined && descriptor?.set === undefined) continue;
    const refusal = new Refusal("an accessor can't be stored");
    refusal.steps.push(keys[i]!);
    throw refusal;
  }
  return keys;
}

/** Makes sure that the array has all its elements and nothing else. */
export function refuseOddArray(array: readonly unknown[]): void {
  refuseSymbols(array);
  const { length } = array;
  const keys = Object.keys(array);
  // Named properties come last, so these two tests see a hole and a surplus property even where they even out.
  if (keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))) return;
  const named = keys.find((key) => !/^\d+$/.test(key));
  throw new Refusal(named === undefined ? "an array with holes can't be stored" : `an array with a property "${named}" can't be stored`);
}

/** Makes sure that a Date, Map, Set or the like has no properties of its own beside its contents. */
export function refuseOwnProperties(object: object): void {
  const [key] = Reflect.ownKeys(object);
  if (key !== undefined) throw new Refusal(`a built-in object with a property "${String(key)}" can't be stored`);
}

function refuseSymbols(object: object): void {
  if (Object.getOwnPropertySymbols(object).length > 0) throw new Refusal("a symbol as property name can't be stored");
}
