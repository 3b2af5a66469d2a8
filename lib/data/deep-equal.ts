/** Equality of whole values by structure: what `replaceIfSame`, `removeIfSame` and `containsValue` mean by "the same value". */
import { types } from 'node:util';

/** Below this depth each pair is remembered, so that cyclic values come to an end. */
const UNTRACKED_DEPTH = 64;

/** Pairs taken to be equal while their parts are being compared. */
type Assumed = Map<object, Set<object>>;

/**
 * Whether two values have the same structure and contents. Types must agree (`1` is not `1n`), `NaN` is equal to itself, `-0` to `0`, a property that
 * is undefined is not a missing one. Dates by time, Maps and Sets by their members in any order, typed arrays and buffers by type and contents,
 * class instances by class and own enumerable properties, functions by identity. Cost: linear in the size of the values, but quadratic in the
 * number of *objects* used as members of a Set or keys of a Map.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return equal(a, b, 0, undefined);
}

function equal(a: unknown, b: unknown, depth: number, assumed: Assumed | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return Number.isNaN(a) && Number.isNaN(b);
  if (a === null || b === null) return false;
  if (depth < UNTRACKED_DEPTH) return equalObjects(a, b, depth + 1, assumed);
  const known = assumed ?? new Map<object, Set<object>>();
  const partners = known.get(a) ?? new Set<object>();
  if (partners.has(b)) return true;
  known.set(a, partners.add(b));
  return equalObjects(a, b, depth + 1, known);
}

function equalObjects(a: object, b: object, depth: number, assumed: Assumed | undefined): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && equalArrays(a, b, depth, assumed);
  if (isPlain(a)) return isPlain(b) && equalProperties(a, b, depth, assumed);
  if (a instanceof Date) return b instanceof Date && equal(a.getTime(), b.getTime(), depth, assumed);
  if (a instanceof Map) return b instanceof Map && equalMaps(a, b, depth, assumed);
  if (a instanceof Set)
    return b instanceof Set && a.size === b.size && matches([...a], b, (member, other) => equal(member, other, depth, assumed));
  if (ArrayBuffer.isView(a)) return ArrayBuffer.isView(b) && tagOf(a) === tagOf(b) && equalBytes(bytesOf(a), bytesOf(b));
  if (types.isAnyArrayBuffer(a))
    return types.isAnyArrayBuffer(b) && tagOf(a) === tagOf(b) && equalBytes(new Uint8Array(a), new Uint8Array(b));
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof RegExp) return b instanceof RegExp && a.source === b.source && a.flags === b.flags;
  if (types.isBoxedPrimitive(a)) return equal(a.valueOf(), b.valueOf(), depth, assumed);
  return equalProperties(a, b, depth, assumed);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function equalArrays(a: readonly unknown[], b: readonly unknown[], depth: number, assumed: Assumed | undefined): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i], depth, assumed)) return false;
  return true;
}

function equalProperties(a: object, b: object, depth: number, assumed: Assumed | undefined): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(b, name) || !equal(Reflect.get(a, name), Reflect.get(b, name), depth, assumed)) return false;
  }
  return true;
}

function equalMaps(
  a: ReadonlyMap<unknown, unknown>,
  b: ReadonlyMap<unknown, unknown>,
  depth: number,
  assumed: Assumed | undefined,
): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!isObject(key) && !(b.has(key) && equal(value, b.get(key), depth, assumed))) return false;
  return matches([...a.keys()], new Set(b.keys()), (key, other) => {
    return equal(key, other, depth, assumed) && equal(a.get(key), b.get(other), depth, assumed);
  });
}

/** Whether each member of `members` has a partner of its own in `others`, of the same size: primitives themselves, objects by `same`. */
function matches(members: readonly unknown[], others: ReadonlySet<unknown>, same: (member: unknown, other: unknown) => boolean): boolean {
  const objects = [...others].filter(isObject);
  for (const member of members) {
    if (!isObject(member)) {
      if (!others.has(member)) return false;
      continue;
    }
    const partner = objects.findIndex((other) => same(member, other));
    if (partner < 0) return false;
    objects.splice(partner, 1);
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** `Uint8Array`, `DataView`, `ArrayBuffer`…: the built-in type, also of a subclass (a Buffer is a Uint8Array). */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
