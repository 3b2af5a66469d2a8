/** Accesses as caches meet them, generated: each number is a key. */
import { hashInteger } from '../../lib/data/hash.ts';

/** Uniform in [0, 1), from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => hashInteger((state = (state + 0x9e37_79b9) | 0)) / 2 ** 32;
}

/** Key k with a probability proportional to 1 / (k + 1)^skew. */
export function zipf(keys: number, skew: number, random: () => number): () => number {
  const shares = zipfShares(keys, skew);
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let key = 0; key < keys; key++) sums[key] = sum += shares[key]!;
  return () => {
    const wanted = random();
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** The probability of each key. */
export function zipfShares(keys: number, skew: number): Float64Array {
  const shares = Float64Array.from({ length: keys }, (_, key) => (key + 1) ** -skew);
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}

export type Trace = Int32Array;

export function trace(length: number, next: (step: number) => number): Trace {
  return Int32Array.from({ length }, (_, step) => next(step));
}

/** 0, 1, 2, … and again. */
export function loop(length: number, keys: number): Trace {
  return trace(length, (step) => step % keys);
}

/** Popular keys, and every `every` accesses a scan over `scanned` keys that are never asked for again. */
export function zipfWithScans(length: number, next: () => number, every: number, scanned: number): Trace {
  let fresh = 1 << 24;
  return trace(length, (step) => (step % every >= every - scanned ? fresh++ : next()));
}

/** Who is popular changes every `every` accesses. */
export function shiftingZipf(length: number, next: () => number, every: number, keys: number): Trace {
  return trace(length, (step) => next() + Math.floor(step / every) * keys);
}

/** What was asked for lately is asked for again: the distance back is distributed exponentially; one access in `newOne` is to a new key. */
export function recent(length: number, meanDistance: number, newOne: number, random: () => number): Trace {
  const keys: number[] = [];
  return trace(length, (step) => {
    const distance = Math.floor(-Math.log(1 - random()) * meanDistance);
    const key = step <= distance || random() < 1 / newOne ? step : keys[step - 1 - distance]!;
    keys.push(key);
    return key;
  });
}
