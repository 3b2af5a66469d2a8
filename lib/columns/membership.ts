/** Whether a number is one of many: for conditions of more values than could be scanned for one by one. */
import { within } from './spans.ts';

/** Most bits of a bitmap: 2 MiB. */
const BITS_MAX = 2 ** 24;
/** A filter has so many bits per value: one number in so many that are not in the set gets through it. */
const FILTER_BITS = 16;

/** A test, and about what it costs per row that does not pass. */
export interface Membership {
  readonly has: (value: number) => boolean;
  readonly costNs: number;
}

/**
 * Of 32-bit integers, signed or not, in spans: one bit for each where the range allows it. Else bits by the low part of the value turn most others
 * away, and a binary search judges the rest.
 */
export function integerMembership(spans: readonly number[]): Membership {
  const first = spans[0] ?? 0;
  const last = spans.at(-1) ?? 0;
  if (last - first < BITS_MAX) {
    const bits = bitmap(spans, first, last - first + 1, ~0);
    return {
      has: (value) => value >= first && value <= last && (bits[(value - first) >>> 5]! & (1 << ((value - first) & 31))) !== 0,
      costNs: 6,
    };
  }
  let values = 0;
  for (let i = 0; i < spans.length; i += 2) values += spans[i + 1]! - spans[i]! + 1;
  if (values > BITS_MAX / FILTER_BITS) return searched(spans);
  const size = 2 ** Math.ceil(Math.log2(values * FILTER_BITS));
  const bits = bitmap(spans, 0, size, size - 1);
  return { has: (value) => (bits[(value & (size - 1)) >>> 5]! & (1 << (value & 31))) !== 0 && within(spans, value), costNs: 20 };
}

/** Of doubles in closed intervals. */
export function doubleMembership(intervals: readonly number[]): Membership {
  if (intervals.some((bound, i) => bound !== intervals[i ^ 1])) return searched(intervals);
  const values = new Set(intervals);
  return { has: (value) => values.has(value), costNs: 30 };
}

function searched(intervals: readonly number[]): Membership {
  return { has: (value) => within(intervals, value), costNs: 12 + 3 * Math.log2(Math.max(2, intervals.length)) };
}

/** A 1 for each integer of the spans, at its masked distance from the first. */
function bitmap(spans: readonly number[], first: number, size: number, mask: number): Uint32Array {
  const bits = new Uint32Array(Math.ceil(size / 32));
  for (let i = 0; i < spans.length; i += 2) {
    for (let value = spans[i]!; value <= spans[i + 1]!; value++) {
      const place = (value - first) & mask;
      bits[place >>> 5]! |= 1 << (place & 31);
    }
  }
  return bits;
}
