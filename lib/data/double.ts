/** Neighbours of a double, and where a bigint lies between doubles: what exact comparison across the two number types needs. */

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** The least double above `x`. Infinity and NaN are their own. The neighbour of -5e-324 is 0, never -0. */
export function nextUp(x: number): number {
  if (!(x < Infinity)) return x;
  if (x === 0) return Number.MIN_VALUE;
  scratch[0] = x;
  // The bits of doubles of one sign, read as an integer, have the order of their magnitudes; the low word carries into the high one.
  if (x > 0) {
    words[LOW]!++;
    if (words[LOW] === 0) words[HIGH]!++;
  } else {
    if (words[LOW] === 0) words[HIGH]!--;
    words[LOW]!--;
  }
  return scratch[0] + 0;
}

/** The greatest double below `x`. -Infinity and NaN are their own. The neighbour of 5e-324 is 0. */
export function nextDown(x: number): number {
  return 0 - nextUp(-x);
}

/** The least double that is at least `n`; Infinity when no finite one is. */
export function doubleFrom(n: bigint): number {
  // `Number(n)` is the nearest double, so whatever lies between it and `n` is none.
  const nearest = Number(n);
  return nearest < n ? nextUp(nearest) : nearest;
}

/** The least double that is greater than `n`; Infinity when no finite one is. */
export function doubleAbove(n: bigint): number {
  const nearest = Number(n);
  return nearest > n ? nearest : nextUp(nearest);
}
