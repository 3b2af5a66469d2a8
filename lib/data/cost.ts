/**
 * Estimated bytes of keys and values in the heap.
 *
 * Counted as V8 lays them out on 64-bit machines without pointer compression: 8 bytes per reference, 24 per object header, text as one byte per
 * character (two when a sample of it has characters above U+00FF) and 16 for its header, 16 per number that is no small integer. Parts are counted
 * once per reference, as they are copied. Not counted: what V8 shares between objects (hidden classes, interned names and constants), and unused
 * room. Real heaps differ by some ten per cent; compare costs with each other rather than with the operating system's figures.
 */
import { VALUE_DEPTH_MAX } from './frozen-copy.ts';
import { ObjectKey, type StoredKey } from './key.ts';
import { encodedBytes, type ValueForm } from './value.ts';

const REFERENCE = 8;
const HEADER = 24;
const TEXT_HEADER = 16;
const BOXED_NUMBER = 16;
const DATE = 64;
const BYTES_HEADER = 200;
const COLLECTION_HEADER = 80;
const COLLECTION_ENTRY = 28;
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
  return bytes === undefined ? costOfValue(form.peek(stored)) : HEADER + BYTES_HEADER + bytes;
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
  if (Array.isArray(value)) return costOfElements(value, HEADER + 2 * REFERENCE, REFERENCE, walk);
  if (value instanceof Date) return DATE;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return BYTES_HEADER + value.byteLength;
  if (value instanceof Set) return costOfElements(value, COLLECTION_HEADER, COLLECTION_ENTRY, walk);
  if (value instanceof Map) {
    return costOfElements(value.keys(), COLLECTION_HEADER, COLLECTION_ENTRY, walk) + costOfElements(value.values(), 0, REFERENCE, walk);
  }
  return costOfElements(Object.values(value), HEADER, REFERENCE, walk);
}

function costOfElements(elements: Iterable<unknown>, header: number, each: number, walk: Walk): number {
  let sum = header;
  walk.levelsLeft--;
  for (const element of elements) sum += each + costOfPart(element, walk);
  walk.levelsLeft++;
  return sum;
}

function costOfText(text: string): number {
  const bytesEach = WIDE.test(text.slice(0, SAMPLED_CHARACTERS)) ? 2 : 1;
  return TEXT_HEADER + 8 * Math.ceil((text.length * bytesEach) / 8);
}
