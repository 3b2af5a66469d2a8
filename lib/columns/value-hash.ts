/**
 * 32-bit hashes of attribute values, as hashed columns keep them: the family in the highest three bits, 29 bits of hash below.
 *
 * So all texts, or all dates, are one range of hashes; and for some values the hash is the value: null, true, false, "other".
 */
import { hashBigint, hashDouble, hashText } from '../data/hash.ts';
import { OTHER, type ColumnValue } from './column-value.ts';

/** Highest three bits of a hash. */
export const NO_FAMILY = 0;
export const BOOLEANS = 1;
export const NUMBERS = 2;
export const DATES = 3;
export const TEXTS = 4;
export const OTHERS = 5;
export const FAMILIES = 6;

/** Fresh memory: the row holds no entry. */
export const ABSENT_HASH = 0;
export const NULL_HASH = 1;
const HASH_BITS = 29;

/** Of a long text only both ends are read, and its length. */
const SAMPLED_LENGTH = 128;
const TEXT_SEED = 0x9747_b28c;

export function hashValue(value: ColumnValue): number {
  switch (typeof value) {
    case 'string':
      return inFamily(TEXTS, hashSampled(value));
    case 'number':
      return inFamily(NUMBERS, hashDouble(value));
    case 'bigint':
      return inFamily(NUMBERS, hashBigint(value));
    case 'boolean':
      return familyStart(BOOLEANS) + (value ? 1 : 0);
    default:
      if (value === null) return NULL_HASH;
      return value === OTHER ? familyStart(OTHERS) : inFamily(DATES, hashDouble(value.getTime()));
  }
}

export function familyOf(hash: number): number {
  return hash >>> HASH_BITS;
}

/** The least hash that a value of the family can have. */
export function familyStart(family: number): number {
  return family === NO_FAMILY ? NULL_HASH : family * 2 ** HASH_BITS;
}

/** The greatest hash that a value of the family can have. */
export function familyEnd(family: number): number {
  return family === NO_FAMILY ? NULL_HASH : familyStart(family + 1) - 1;
}

function inFamily(family: number, hash: number): number {
  return familyStart(family) + (hash >>> (32 - HASH_BITS));
}

function hashSampled(text: string): number {
  if (text.length <= 2 * SAMPLED_LENGTH) return hashText(text, TEXT_SEED);
  return hashText(text.slice(0, SAMPLED_LENGTH), hashText(text.slice(-SAMPLED_LENGTH), text.length));
}
