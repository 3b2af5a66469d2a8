/** The counts of accesses that some entry has, in ascending order: buckets are numbers, given out again when they are free. */
import { NONE } from './slot-lists.ts';

const PREVIOUS = 0;
const NEXT = 1;

export class FrequencyBuckets {
  static readonly INITIAL = 16;
  #counts = new Float64Array(FrequencyBuckets.INITIAL);
  /** Of each bucket: the one before and the one after; free ones are linked by the second. */
  #links = new Int32Array(2 * FrequencyBuckets.INITIAL);
  #first = NONE;
  #free = NONE;
  /** Buckets ever used are below it. */
  #top = 0;

  get bytes(): number {
    return this.#counts.byteLength + this.#links.byteLength;
  }

  /** The one with the lowest count, or -1. */
  get first(): number {
    return this.#first;
  }

  next(bucket: number): number {
    return this.#links[2 * bucket + NEXT]!;
  }

  countOf(bucket: number): number {
    return this.#counts[bucket]!;
  }

  /** The caller knows that no other bucket has that count. */
  increment(bucket: number): void {
    this.#counts[bucket]!++;
  }

  /** A new bucket after `before`; -1: the first. */
  insert(before: number, count: number): number {
    const bucket = this.#next();
    const next = before === NONE ? this.#first : this.next(before);
    this.#counts[bucket] = count;
    this.#link(before, bucket);
    this.#link(bucket, next);
    return bucket;
  }

  remove(bucket: number): void {
    this.#link(this.#links[2 * bucket + PREVIOUS]!, this.next(bucket));
    this.#links[2 * bucket + NEXT] = this.#free;
    this.#free = bucket;
  }

  clear(): void {
    this.#first = this.#free = NONE;
    this.#top = 0;
  }

  /** Makes two buckets neighbours; -1 is the outside. */
  #link(bucket: number, next: number): void {
    if (bucket === NONE) this.#first = next;
    else this.#links[2 * bucket + NEXT] = next;
    if (next !== NONE) this.#links[2 * next + PREVIOUS] = bucket;
  }

  #next(): number {
    if (this.#free !== NONE) {
      const bucket = this.#free;
      this.#free = this.next(bucket);
      return bucket;
    }
    if (this.#top === this.#counts.length) {
      const counts = new Float64Array(2 * this.#top);
      counts.set(this.#counts);
      this.#counts = counts;
      const links = new Int32Array(4 * this.#top);
      links.set(this.#links);
      this.#links = links;
    }
    return this.#top++;
  }
}
