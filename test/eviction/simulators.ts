/** Caches reduced to their policy, written as plainly as possible: how many accesses of a trace find their key, with room for so many. */
import { hashInteger } from '../../lib/data/hash.ts';
import type { Trace } from './traces.ts';

export type Simulator = (trace: Trace, capacity: number) => number;

/** A Set keeps the order of insertion. */
export const lruHits: Simulator = (trace, capacity) => {
  const cached = new Set<number>();
  let hits = 0;
  for (const key of trace) {
    if (cached.delete(key)) hits++;
    else if (cached.size === capacity) cached.delete(first(cached)!);
    cached.add(key);
  }
  return hits;
};

/** A Set per number of accesses. */
export const lfuHits: Simulator = (trace, capacity) => {
  const counts = new Map<number, number>();
  const keysByCount = new Map<number, Set<number>>();
  let hits = 0;
  for (const key of trace) {
    const count = counts.get(key) ?? 0;
    if (count > 0) {
      hits++;
      keysByCount.get(count)!.delete(key);
    } else if (counts.size === capacity) {
      let least = 1;
      while ((keysByCount.get(least)?.size ?? 0) === 0) least++;
      const victim = first(keysByCount.get(least)!)!;
      keysByCount.get(least)!.delete(victim);
      counts.delete(victim);
    }
    counts.set(key, count + 1);
    if (!keysByCount.has(count + 1)) keysByCount.set(count + 1, new Set());
    keysByCount.get(count + 1)!.add(key);
  }
  return hits;
};

/** L. A. Belady's optimum (1966), which knows the future: of all keys the one goes that is asked for again last. */
export const optimalHits: Simulator = (trace, capacity) => {
  const next = new Int32Array(trace.length);
  const seen = new Map<number, number>();
  for (let step = trace.length - 1; step >= 0; step--) {
    // Those never asked for again go first, each at a step of its own.
    next[step] = seen.get(trace[step]!) ?? trace.length + step;
    seen.set(trace[step]!, step);
  }
  const keyAt = new Int32Array(2 * trace.length).fill(-1);
  const cached = new Set<number>();
  const latest = new LatestStep(2 * trace.length);
  let hits = 0;
  for (let step = 0; step < trace.length; step++) {
    const key = trace[step]!;
    if (cached.has(key)) {
      hits++;
      latest.delete(step);
    } else {
      if (cached.size === capacity) {
        const last = latest.last;
        latest.delete(last);
        cached.delete(keyAt[last]!);
      }
      cached.add(key);
    }
    keyAt[next[step]!] = key;
    latest.add(next[step]!);
  }
  return hits;
};

/** A set of numbers below a limit that knows its largest: a bit per number, and a bit per 32 of them, and so on. */
class LatestStep {
  readonly #levels: Uint32Array[] = [];

  constructor(limit: number) {
    for (let words = Math.ceil(limit / 32); ; words = Math.ceil(words / 32)) {
      this.#levels.push(new Uint32Array(words));
      if (words === 1) break;
    }
  }

  get last(): number {
    return this.#levels.reduceRight((at, words) => at * 32 + 31 - Math.clz32(words[at]!), 0);
  }

  add(step: number): void {
    let at = step;
    for (const words of this.#levels) {
      words[at >>> 5]! |= 1 << (at & 31);
      at >>>= 5;
    }
  }

  delete(step: number): void {
    let at = step;
    for (const words of this.#levels) {
      words[at >>> 5]! &= ~(1 << (at & 31));
      if (words[at >>> 5] !== 0) return;
      at >>>= 5;
    }
  }
}

/** W-TinyLFU with the structure, the figures and the order of steps of Caffeine's BoundedLocalCache, for entries of weight 1. */
export function caffeineHits(random: () => number): Simulator {
  return (trace, capacity) => {
    const cache = new Caffeine(capacity, random);
    let hits = 0;
    for (const key of trace) if (cache.access(key)) hits++;
    return hits;
  };
}

class Caffeine {
  readonly #maximum: number;
  readonly #random: () => number;
  readonly #window = new Set<number>();
  readonly #probation = new Set<number>();
  readonly #protected = new Set<number>();
  #windowMaximum: number;
  #protectedMaximum: number;
  #sketch: PlainSketch | undefined;
  #hits = 0;
  #misses = 0;
  #previousRate = 0;
  #stepSize: number;
  #adjustment = 0;

  constructor(maximum: number, random: () => number) {
    this.#maximum = maximum;
    this.#random = random;
    this.#windowMaximum = maximum - Math.floor(0.99 * maximum);
    this.#protectedMaximum = Math.floor(0.8 * (maximum - this.#windowMaximum));
    this.#stepSize = -0.0625 * maximum;
  }

  access(key: number): boolean {
    const hit = this.#window.has(key) || this.#probation.has(key) || this.#protected.has(key);
    if (!hit && this.#size >= this.#maximum >>> 1) this.#sketch ??= new PlainSketch(this.#maximum, 10 * this.#maximum);
    this.#sketch?.increment(key);
    if (hit) {
      this.#hits++;
      if (this.#window.delete(key)) this.#window.add(key);
      else {
        this.#probation.delete(key);
        this.#protected.delete(key);
        this.#protected.add(key);
      }
    } else {
      this.#misses++;
      this.#window.add(key);
    }
    this.#evict();
    this.#climb();
    return hit;
  }

  get #size(): number {
    return this.#window.size + this.#probation.size + this.#protected.size;
  }

  #evict(): void {
    let candidate: number | undefined;
    while (this.#window.size > this.#windowMaximum) {
      const key = first(this.#window)!;
      this.#window.delete(key);
      this.#probation.add(key);
      candidate ??= key;
    }
    while (this.#size > this.#maximum) {
      candidate ??= first(this.#window);
      let victim = first(this.#probation);
      if (victim === undefined && candidate === undefined) victim = first(this.#protected);
      const goes =
        victim === undefined || (candidate !== undefined && victim !== candidate && !this.#admit(candidate, victim)) ? candidate! : victim;
      this.#window.delete(goes);
      this.#probation.delete(goes);
      this.#protected.delete(goes);
      candidate = undefined;
    }
  }

  #admit(candidate: number, victim: number): boolean {
    const candidateFrequency = this.#sketch?.frequency(candidate) ?? 0;
    if (candidateFrequency > (this.#sketch?.frequency(victim) ?? 0)) return true;
    return candidateFrequency > 5 && this.#random() < 1 / 128;
  }

  #climb(): void {
    this.#determineAdjustment();
    this.#demote();
    if (this.#adjustment > 0) this.#increaseWindow();
    else if (this.#adjustment < 0) this.#decreaseWindow();
  }

  #determineAdjustment(): void {
    const requests = this.#hits + this.#misses;
    if (this.#sketch === undefined) this.#previousRate = this.#hits = this.#misses = 0;
    else if (requests >= this.#sketch.sampleSize) {
      const rate = this.#hits / requests;
      const change = rate - this.#previousRate;
      const amount = change >= 0 ? this.#stepSize : -this.#stepSize;
      this.#stepSize = Math.abs(change) >= 0.05 ? 0.0625 * this.#maximum * (amount >= 0 ? 1 : -1) : 0.98 * amount;
      this.#previousRate = rate;
      this.#adjustment = Math.trunc(amount);
      this.#hits = this.#misses = 0;
    }
  }

  #increaseWindow(): void {
    let quota = Math.min(this.#adjustment, this.#protectedMaximum);
    this.#protectedMaximum -= quota;
    this.#windowMaximum += quota;
    this.#demote();
    for (let i = 0; i < 1000 && quota > 0; i++) {
      const from = this.#probation.size > 0 ? this.#probation : this.#protected;
      const key = first(from);
      if (key === undefined) break;
      from.delete(key);
      this.#window.add(key);
      quota--;
    }
    this.#protectedMaximum += quota;
    this.#windowMaximum -= quota;
    this.#adjustment = quota;
  }

  #decreaseWindow(): void {
    let quota = Math.min(-this.#adjustment, Math.max(0, this.#windowMaximum - 1));
    this.#protectedMaximum += quota;
    this.#windowMaximum -= quota;
    for (let i = 0; i < 1000 && quota > 0; i++) {
      const key = first(this.#window);
      if (key === undefined) break;
      this.#window.delete(key);
      this.#probation.add(key);
      quota--;
    }
    this.#protectedMaximum -= quota;
    this.#windowMaximum += quota;
    this.#adjustment = -quota;
  }

  #demote(): void {
    while (this.#protected.size > this.#protectedMaximum) {
      const key = first(this.#protected)!;
      this.#protected.delete(key);
      this.#probation.add(key);
    }
  }
}

/** A counter a byte, in blocks of 8 times 16; all are halved at once. */
export class PlainSketch {
  readonly sampleSize: number;
  readonly #blocks: number;
  readonly #counters: Uint8Array;
  #size = 0;

  constructor(entries: number, sampleSize: number) {
    this.sampleSize = sampleSize;
    this.#blocks = Math.max(1, 2 ** Math.ceil(Math.log2(entries)) / 8);
    this.#counters = new Uint8Array(128 * this.#blocks);
  }

  increment(key: number): void {
    const raised = this.#places(key).filter((place) => this.#counters[place]! < 15);
    for (const place of raised) this.#counters[place]!++;
    if (raised.length > 0 && ++this.#size === this.sampleSize) this.#reset();
  }

  frequency(key: number): number {
    return Math.min(...this.#places(key).map((place) => this.#counters[place]!));
  }

  #reset(): void {
    const odd = this.#counters.reduce((sum, count) => sum + (count & 1), 0);
    this.#counters.forEach((count, place) => (this.#counters[place] = count >>> 1));
    // Caffeine rounds the difference, which is at most one access.
    this.#size = (this.#size >>> 1) - (odd >>> 3);
  }

  #places(key: number): number[] {
    let x = hashInteger(key) | 0;
    x = Math.imul(x ^ (x >>> 17), 0xed5a_d4bb);
    x = Math.imul(x ^ (x >>> 11), 0xac4c_1b51);
    x ^= x >>> 15;
    const block = 128 * (x & (this.#blocks - 1));
    x = Math.imul(x, 0x3184_8bab);
    x ^= x >>> 14;
    return [0, 1, 2, 3].map((row) => block + 32 * row + ((x >>> (8 * row)) & 31));
  }
}

function first(keys: ReadonlySet<number>): number | undefined {
  for (const key of keys) return key;
  return undefined;
}
