/**
 * W-TinyLFU: keeps what is asked for often, judged by the recent past, and gives what is new a chance.
 *
 * Entries are in three segments, each in the order of last access. A new one comes into the _window_, 1 % of the map at first. Who falls out of the
 * window goes to _probation_; who is asked for there becomes _protected_, up to 80 % of the rest; who falls out of that is on probation again. When
 * an entry must go, the newcomer on probation is compared with the one that was there longest, by how often their keys were asked for lately
 * (`frequency-sketch.ts`, which also remembers keys that are gone): the rarer one goes. So a scan passes through the window without
 * driving out what is in use, while a burst of accesses to something new is served by the window.
 *
 * How large the window should be depends on the load. A hill climber (`hill-climber.ts`) looks for it while the map is used: a window of most of
 * the map is LRU, a window of nothing is LFU that forgets.
 *
 * A key that was made to look popular (its hash collides with popular ones) could keep its place for ever and make every newcomer fail. So a
 * newcomer that is asked for often, though not more often than the other, wins once in 128 times by chance.
 *
 * As in Caffeine, but for these: limits of the segments are shares of the present number of entries, so that the capacity need not be known and may
 * change; and many entries may have come in since the last eviction (`evictionDelaySeconds`): then all of them are compared, the newest first,
 * with those on probation the longest. 16 bytes per entry, and 8 to 16 of the sketch.
 *
 * References: G. Einziger, R. Friedman, B. Manes, TinyLFU: a highly efficient cache admission policy (ACM Transactions on Storage 13, 2017).
 * R. Karedla, J. S. Love, B. G. Wherry, Caching strategies to improve disk system performance (1994), for the segments. B. Manes, Caffeine,
 * `BoundedLocalCache`. S. Crosby, D. Wallach, Denial of service via algorithmic complexity attacks (2003).
 */
import type { EvictionOrder } from './eviction-order.ts';
import { FrequencySketch } from './frequency-sketch.ts';
import { HillClimber } from './hill-climber.ts';
import { RecencyList } from './recency-list.ts';
import { NONE, SlotLists } from './slot-lists.ts';
import { PAGE_MASK, PAGE_SHIFT, slotIntegers } from './slot-pages.ts';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

const WINDOW_SHARE = 0.01;
/** Of what is not in the window. */
const PROTECTED_SHARE = 0.8;
/** The window grows and shrinks at the cost of the protected entries. */
const WINDOW_AND_PROTECTED_SHARE: number = WINDOW_SHARE + (1 - WINDOW_SHARE) * PROTECTED_SHARE;
/** Entries that change segment in one call at most, so that a step of the climber is no pause in a large map. */
const TRANSFERS_MAX = 1000;
/** A newcomer asked for at least so often may win by chance. */
const WARM = 6;
const CHANCE: number = 1 / 128;

export class TinyLfuOrder implements EvictionOrder {
  readonly #random: () => number;
  readonly #lists = new SlotLists(3);
  readonly #window = new RecencyList(this.#lists, WINDOW);
  readonly #probation = new RecencyList(this.#lists, PROBATION);
  readonly #protected = new RecencyList(this.#lists, PROTECTED);
  readonly #segments = [this.#window, this.#probation, this.#protected] as const;
  /** Of each slot: the hash of its key, and its segment. */
  readonly #cells = slotIntegers(2);
  readonly #sketch = new FrequencySketch();
  #size = 0;

  #climber = new HillClimber();
  #windowShare = WINDOW_SHARE;
  #hits = 0;
  #misses = 0;
  /** Entries that a larger window still takes from the other segments. */
  #owed = 0;

  /** Entries that went from the window to probation since the last eviction and were not compared yet, and the newest of them. */
  #newcomers = 0;
  #newcomer = NONE;
  #isEvicting = false;

  /** `random` is uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, this.#lists.bytes + this.#cells.bytes + this.#sketch.bytes);
  }

  /** Share of the map that is the window, 0 to 1. */
  get windowShare(): number {
    return this.#windowShare;
  }

  added(slot: number, hash: number): void {
    if (this.#isEvicting) {
      this.#isEvicting = false;
      this.#newcomers = 0;
      this.#newcomer = NONE;
    }
    this.#lists.reserve(slot);
    this.#cells.reserve(slot);
    const cells = this.#cells.pages[slot >>> PAGE_SHIFT]!;
    cells[2 * (slot & PAGE_MASK)] = hash;
    this.#join(WINDOW, slot);
    this.#sketch.fit(this.#size);
    this.#sketch.increment(hash);
    this.#misses++;
    this.#climb();
    this.#balance();
    // Only now: when the limit is exact, the entry that will go for this one is not counted.
    this.#size++;
  }

  touched(slot: number): void {
    this.#sketch.increment(this.#hashOf(slot));
    this.#hits++;
    this.#climb();
    const segment = this.#segmentOf(slot);
    if (segment !== PROBATION) {
      this.#segments[segment]!.touch(slot);
      return;
    }
    this.#leave(slot);
    this.#join(PROTECTED, slot);
    if (this.#protected.listed > this.#protectedMost()) this.#demote();
  }

  removed(slot: number): void {
    this.#leave(slot);
    this.#size--;
  }

  victim(isPinned: (slot: number) => boolean, spared: number): number {
    this.#isEvicting = true;
    const oldest = this.#probation.first(isPinned, spared);
    const newcomer = this.#nextNewcomer(isPinned, spared, oldest);
    const other = newcomer === NONE ? this.#window.first(isPinned, spared) : newcomer;
    if (oldest === NONE) return other === NONE ? this.#protected.first(isPinned, spared) : other;
    if (other === NONE || this.#isAdmitted(other, oldest)) return oldest;
    return other;
  }

  unpinned(slot: number): void {
    for (const segment of this.#segments) segment.unpinned(slot);
  }

  clear(): void {
    this.#lists.clear();
    for (const segment of this.#segments) segment.clear();
    this.#cells.clear();
    this.#sketch.clear();
    this.#climber = new HillClimber();
    this.#windowShare = WINDOW_SHARE;
    this.#size = this.#hits = this.#misses = this.#owed = this.#newcomers = 0;
    this.#newcomer = NONE;
    this.#isEvicting = false;
  }

  #hashOf(slot: number): number {
    return this.#cells.pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK)]!;
  }

  #segmentOf(slot: number): number {
    return this.#cells.pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + 1]!;
  }

  #join(segment: number, slot: number): void {
    this.#cells.pages[slot >>> PAGE_SHIFT]![2 * (slot & PAGE_MASK) + 1] = segment;
    this.#segments[segment]!.append(slot);
  }

  #leave(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = this.#lists.previous(slot);
    this.#segments[this.#segmentOf(slot)]!.leave(slot);
  }

  /** The next of the newcomers that may go, or -1; each is asked for once. */
  #nextNewcomer(isPinned: (slot: number) => boolean, spared: number, oldest: number): number {
    while (this.#newcomers > 0 && this.#newcomer !== NONE) {
      const slot = this.#newcomer;
      this.#newcomer = this.#lists.previous(slot);
      this.#newcomers--;
      if (slot !== oldest && slot !== spared && !isPinned(slot)) return slot;
    }
    return NONE;
  }

  #isAdmitted(newcomer: number, oldest: number): boolean {
    const frequency = this.#sketch.frequency(this.#hashOf(newcomer));
    if (frequency > this.#sketch.frequency(this.#hashOf(oldest))) return true;
    return frequency >= WARM && this.#random() < CHANCE;
  }

  #protectedMost(): number {
    return Math.floor((WINDOW_AND_PROTECTED_SHARE - this.#windowShare) * this.#size);
  }

  /** Brings the segments to their limits, or some way there. */
  #balance(): void {
    this.#demote();
    this.#widen();
    const most = Math.max(1, Math.ceil(this.#windowShare * this.#size));
    for (let left = TRANSFERS_MAX; left > 0 && this.#window.listed > most; left--) {
      const slot = this.#window.oldest;
      this.#window.leave(slot);
      this.#join(PROBATION, slot);
      this.#newcomer = slot;
      this.#newcomers++;
    }
  }

  /** Entries that are too many among the protected ones are on probation again. */
  #demote(): void {
    const most = this.#protectedMost();
    for (let left = TRANSFERS_MAX; left > 0 && this.#protected.listed > most; left--) {
      const slot = this.#protected.oldest;
      this.#protected.leave(slot);
      this.#join(PROBATION, slot);
    }
  }

  /** The window takes what it is owed: from probation first, whence entries would go next. */
  #widen(): void {
    for (let left = TRANSFERS_MAX; left > 0 && this.#owed > 0; left--) {
      const slot = this.#probation.listed > 0 ? this.#probation.oldest : this.#protected.oldest;
      if (slot === NONE) break;
      this.#leave(slot);
      this.#join(WINDOW, slot);
      this.#owed--;
    }
  }

  /** After each sample of accesses, the window becomes larger or smaller. */
  #climb(): void {
    const requests = this.#hits + this.#misses;
    if (requests < this.#sketch.sampleSize) return;
    const before = this.#windowShare;
    const wanted = before + this.#climber.step(this.#hits / requests);
    this.#windowShare = Math.min(WINDOW_AND_PROTECTED_SHARE, Math.max(0, wanted));
    this.#owed = Math.max(0, Math.round((this.#windowShare - before) * this.#size));
    this.#hits = this.#misses = 0;
  }
}
