/**
 * 32-bit hashes of primitive values, the same in every process and on every machine.
 *
 * Texts: FNV-1a over UTF-16 code units, in two lanes so that one multiplication need not wait for the other, then the finaliser of
 * MurmurHash3, which spreads every input bit over all output bits (that of FNV alone leaves the high bits of short texts nearly constant).
 * Integers go through the finaliser alone; it is a bijection, so distinct 32-bit integers never collide. There is no secret seed: members must
 * agree on the hash.
 *
 * References: G. Fowler, L. C. Noll, K.-P. Vo, FNV hash (IETF draft-eastlake-fnv); A. Appleby, MurmurHash3 (fmix32).
 */

const FNV_PRIME = 0x0100_0193;
const GOLDEN = 0x9e37_79b9;
const DOUBLE_SEED = 0x165667b1;
const BIGINT_SEED = 0x27d4_eb2f;

const bits = new DataView(new ArrayBuffer(8));

/** Of a 32-bit integer. */
export function hashInteger(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Of any double; all NaNs are one, and -0 must have been made 0. */
export function hashDouble(value: number): number {
  bits.setFloat64(0, Number.isNaN(value) ? NaN : value, true);
  return hashWords(bits.getInt32(0, true), bits.getInt32(4, true), DOUBLE_SEED);
}

/** Of a bigint of any size. */
export function hashBigint(value: bigint): number {
  if (BigInt.asIntN(64, value) !== value) return hashText(value.toString(16), BIGINT_SEED);
  bits.setBigInt64(0, value, true);
  return hashWords(bits.getInt32(0, true), bits.getInt32(4, true), BIGINT_SEED);
}

/** Of a text, by UTF-16 code unit. */
export function hashText(text: string, seed: number): number {
  const { length } = text;
  let even = seed;
  let odd = seed ^ GOLDEN;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    even = Math.imul(even ^ text.charCodeAt(i), FNV_PRIME);
    odd = Math.imul(odd ^ text.charCodeAt(i + 1), FNV_PRIME);
  }
  if (i < length) even = Math.imul(even ^ text.charCodeAt(i), FNV_PRIME);
  return hashWords(even, odd, length);
}

function hashWords(low: number, high: number, seed: number): number {
  return hashInteger(Math.imul(hashInteger(high ^ seed), GOLDEN) ^ low);
}
