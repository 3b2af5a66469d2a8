/**
 * Estimated bytes of keys and values in the heap.
 *
 * Counted as V8 lays them out on 64-bit machines without pointer compression: 8 bytes per reference, 24 per object header, text as one byte per
 * character (two when a sample of it has characters above U+00FF) and 16 for its header, 16 per number that is no small integer, hash tables of a power
 * of two. Parts are counted once per reference, as they are copied. Not counted: what V8 shares between objects (hidden classes, interned names and
 * constants), and unused room. For values a map has copied this is within a tenth of what the heap grows by (docs/statistics.md has the figures);
 * trusted values may share parts, or have been built with room to spare.
 */
import { VALUE_DEPTH_MAX } from './frozen-copy.ts';
import { ObjectKey, type StoredKey } from './key.ts';
import { encodedBytes, type ValueForm } from './value.ts';

const REFERENCE = 8;
const HEADER = 24;
const TEXT_HEADER = 16;
const BOXED_NUMBER = 16;
const DATE = 96;
const BYTES_HEADER = 200;
/** An object without attributes: V8 keeps room for four. */
const EMPTY_OBJECT = 56;
const ARRAY = 32;
const ELEMENTS_HEADER = 16;
const COLLECTION = 32;
/** A value that must be copied for each reader is kept in an object of its own. */
const WRAPPER = HEADER + REFERENCE;
const SMALL_INTEGER_MAX = 0x7fff_ffff;
const SAMPLED_CHARACTERS = 32;
const PARTS_MAX = 100_000;
const WIDE = /[^\0-\xff]/;

/** Of a key, the reference to it excluded. */
export function costOfKey(key: StoredKey): number {
  return key instanceof ObjectKey ? HEADER + 3 * REFERENCE + costOfText(key.canonical) + costOfValue(key.key) : costOfValue(key);
}

/** Of a stored value, the reference to it excluded: bytes as they are, everything else by `costOfValue`. */
export function costOfStored(stored: unknown, form: ValueForm): number {
  const bytes = encodedBytes(stored);
  if (bytes !== undefined) return HEADER + 2 * REFERENCE + BYTES_HEADER + bytes;
  return costOfValue(form.peek(stored)) + (form.isShared(stored) ? 0 : WRAPPER);
}

/** Of a value, the reference to it excluded. Cost: a walk over its parts, the first 100,000 of them (trusted values may have cycles). */
export function costOfValue(value: unknown): number {
  return costOfPart(value, { partsLeft: PARTS_MAX, levelsLeft: VALUE_DEPTH_MAX });
}

interface Walk {
  partsLeft: number;
  levelsLeft: number;
}

function costOfPart(value: unknown, walk: Walk): number {
  switch (typeof value) {
    case 'string':
      return costOfText(value);
    case 'number':
      return Number.isInteger(value) && Math.abs(value) <= SMALL_INTEGER_MAX ? 0 : BOXED_NUMBER;
    case 'bigint':
      return TEXT_HEADER + 8 * Math.ceil(value.toString(16).length / 16);
    case 'object':
      return value === null || walk.levelsLeft === 0 || --walk.partsLeft < 0 ? 0 : costOfObject(value, walk);
    default:
      return 0;
  }
}

function costOfObject(value: object, walk: Walk): number {
  if (Array.isArray(value)) return value.length === 0 ? ARRAY : ARRAY + ELEMENTS_HEADER + costOfReferences(value, walk);
  if (value instanceof Date) return DATE;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return BYTES_HEADER + value.byteLength;
  if (value instanceof Set) return COLLECTION + costOfTable(value.size, 2) + costOfParts(value, walk);
  if (value instanceof Map)
    return COLLECTION + costOfTable(value.size, 3) + costOfParts(value.keys(), walk) + costOfParts(value.values(), walk);
  const parts = Object.values(value);
  return parts.length === 0 ? EMPTY_OBJECT : HEADER + costOfReferences(parts, walk);
}

/** Of a hash table of `size` entries with so many references each: a power of two of them, and half as many buckets. */
function costOfTable(size: number, referencesEach: number): number {
  const capacity = size <= 4 ? 4 : 2 ** Math.ceil(Math.log2(size));
  return ELEMENTS_HEADER + REFERENCE * (3 + capacity / 2 + capacity * referencesEach);
}

function costOfReferences(parts: readonly unknown[], walk: Walk): number {
  return REFERENCE * parts.length + costOfParts(parts, walk);
}

function costOfParts(parts: Iterable<unknown>, walk: Walk): number {
  let sum = 0;
  walk.levelsLeft--;
  for (const part of parts) sum += costOfPart(part, walk);
  walk.levelsLeft++;
  return sum;
}

function costOfText(text: string): number {
  const bytesEach = WIDE.test(text.slice(0, SAMPLED_CHARACTERS)) ? 2 : 1;
  return TEXT_HEADER + 8 * Math.ceil((text.length * bytesEach) / 8);
}
