/** Keys by value: what users may use as a key, its canonical form, equality and hash (M25). */
import { KeyError } from '../errors.ts';
import { hashBigint, hashDouble, hashInteger, hashText } from './hash.ts';
import { canonicalKey, type CanonicalKey } from './key-object.ts';
import { Refusal, kindOf } from './refusal.ts';

// One seed per type, so that `1`, `'1'` and `1n` do not share a hash.
const TEXT_SEED = 0x2b5a_51ed;
const OBJECT_SEED = 0x7f4a_7c15;
const TRUE_HASH = 0x9ae1_6a3b;
const FALSE_HASH = 0x3c6e_f372;

export type PrimitiveKey = string | number | bigint | boolean;

/** A Date, plain object or array as a key: equal to another one exactly when the canonical texts are equal. */
export class ObjectKey {
  /** See `key-object.ts`. */
  readonly canonical: string;
  /** Deeply frozen copy, properties in sorted order: what users see. */
  readonly key: object;
  /** `hashKey` of it. */
  readonly hash: number;

  constructor({ canonical, key }: CanonicalKey) {
    this.canonical = canonical;
    this.key = key;
    this.hash = hashText(canonical, OBJECT_SEED);
  }
}

/** A key as it is kept: primitives as they are (`-0` as `0`), everything else as an ObjectKey. */
export type StoredKey = PrimitiveKey | ObjectKey;

/**
 * The stored form of what a user gave as a key. `1`, `'1'`, `1n`, `true` and a Date are all different; the order of an object's properties does not
 * matter; `NaN` is equal to itself. Inside an object or array, null is allowed, undefined is not.
 *
 * Throws KeyError for anything that has no value of its own to compare by: undefined, null, functions, symbols, class instances, Maps, accessors,
 * invalid Dates, cycles. Cost: nothing for a primitive, about 0.1 us per property for an object.
 */
export function toKey(key: unknown): StoredKey {
  switch (typeof key) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return key;
    case 'number':
      return key === 0 ? 0 : key;
    case 'object':
      if (key !== null) return objectKey(key);
  }
  throw new KeyError(`${kindOf(key)} can't be a key`, { details: { path: '' } });
}

/** The key as users see it: a primitive or a deeply frozen object, the same one each time. */
export function fromKey(stored: StoredKey): unknown {
  return stored instanceof ObjectKey ? stored.key : stored;
}

/** Equality by value. */
export function sameKey(a: StoredKey, b: StoredKey): boolean {
  if (a === b) return true;
  if (typeof a === 'number') return Number.isNaN(a) && Number.isNaN(b);
  return a instanceof ObjectKey && b instanceof ObjectKey && a.canonical === b.canonical;
}

/**
 * 32-bit hash, unsigned, the same in every process and on every machine: it decides the partition. All bits are well mixed.
 * Cost: a few ns for numbers, about 1 ns per character for texts; object keys carry theirs.
 *
 * It has no secret, so keys that collide can be made on purpose; the key table bounds what they cost.
 */
export function hashKey(stored: StoredKey): number {
  switch (typeof stored) {
    case 'string':
      return hashText(stored, TEXT_SEED);
    case 'number':
      return (stored | 0) === stored ? hashInteger(stored) : hashDouble(stored);
    case 'boolean':
      return stored ? TRUE_HASH : FALSE_HASH;
    case 'bigint':
      return hashBigint(stored);
    default:
      return stored.hash;
  }
}

function objectKey(key: object): ObjectKey {
  try {
    return new ObjectKey(canonicalKey(key));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new KeyError(error.steps.length === 0 ? error.message : `key ${error.toString()}`, { details: { path: error.path } });
  }
}
