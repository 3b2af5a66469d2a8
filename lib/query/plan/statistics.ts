/**
 * How many entries satisfy a condition: exactly where columns and indexes know, otherwise estimated.
 *
 * Columns of codes count each value, and ordered indexes count ranges. What neither knows is tried on a sample of live slots. Terms of a
 * conjunction or disjunction are taken to be independent, as textbook optimizers do (Selinger et al. 1979): wrong for correlated attributes, where it
 * costs time and never an answer. Estimates are kept in the bound condition until a sixteenth of the entries has changed.
 */
import type { IndexEstimate } from '../../indexes/index-contract.ts';
import type { Bound, BoundAttribute, SlotTest } from './bound-condition.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { slotTest } from './slot-test.ts';

const SAMPLE_SIZE = 128;
/** A group of more terms than this is sampled as one, on fewer slots the more terms it has. */
const GROUP_TERMS_MAX = 16;
const GROUP_TESTS_MAX = 4096;
/** Share of the entries that must change before an estimate is made anew, as a power of two; and the least number of changes. */
const DRIFT_SHIFT = 4;
const DRIFT_CHANGES_MIN = 16;

export class Statistics {
  readonly #source: EntrySource;
  #sample: Int32Array = new Int32Array(0);
  #sampledAt = -1;

  constructor(source: EntrySource) {
    this.#source = source;
  }

  /** Whether so much changed since `changes` was `at` that what was estimated then should not be trusted. */
  hasDrifted(at: number): boolean {
    const { size, changes } = this.#source;
    return at < 0 || changes - at > Math.max(DRIFT_CHANGES_MIN, size >>> DRIFT_SHIFT);
  }

  /** Entries that satisfy the condition, if that is known without looking at any. */
  exactRows(bound: Bound): number | undefined {
    if (bound.kind === 'constant') return bound.value ? this.#source.size : 0;
    if (bound.kind !== 'attribute') return undefined;
    const { test } = bound;
    if (test !== undefined && test.exact && test.count !== undefined) return test.count;
    const estimate = bestEstimate(bound);
    return estimate !== undefined && estimate.counted && estimate.exact ? estimate.count : undefined;
  }

  /** Estimated number of entries that satisfy the condition: a fraction is possible, more than `size` is not. */
  rows(bound: Bound): number {
    if (bound.kind === 'constant') return bound.value ? this.#source.size : 0;
    if (this.hasDrifted(bound.rowsAt)) {
      bound.rows = Math.min(this.#estimate(bound), this.#source.size);
      bound.rowsAt = this.#source.changes;
    }
    return Math.min(bound.rows, this.#source.size);
  }

  /** As a share of the entries, in [0, 1]. */
  selectivity(bound: Bound): number {
    const { size } = this.#source;
    return size === 0 ? 0 : this.rows(bound) / size;
  }

  #estimate(bound: Exclude<Bound, { readonly kind: 'constant' }>): number {
    const { size } = this.#source;
    switch (bound.kind) {
      case 'entry':
        return this.#sampled(bound.holds, SAMPLE_SIZE);
      case 'attribute':
        return bound.test?.count ?? bestEstimate(bound)?.count ?? this.#sampled(slotTest(bound), SAMPLE_SIZE);
      default: {
        const { kind, terms } = bound;
        if (terms.length > GROUP_TERMS_MAX)
          return this.#sampled(slotTest(bound), Math.max(8, Math.min(SAMPLE_SIZE, GROUP_TESTS_MAX / terms.length)));
        let share = 1;
        for (const term of terms) share *= kind === 'all' ? this.selectivity(term) : 1 - this.selectivity(term);
        return size * (kind === 'all' ? share : 1 - share);
      }
    }
  }

  /** Entries that pass, extrapolated from some; never nothing at all, because a sample can't tell. */
  #sampled(test: SlotTest, most: number): number {
    const { live, size } = this.#source;
    if (this.hasDrifted(this.#sampledAt)) this.#draw();
    const sample = this.#sample;
    let tried = 0;
    let passed = 0;
    for (let i = 0; i < sample.length && tried < most; i++) {
      const slot = sample[i]!;
      if (!live.has(slot)) continue;
      tried++;
      if (test(slot)) passed++;
    }
    return (size * (passed + 0.5)) / (tried + 1);
  }

  /** Slots spread over all that are in use, without a pattern that the data could share. */
  #draw(): void {
    const { top, live, changes } = this.#source;
    const drawn: number[] = [];
    if (top === 0) return;
    let seed = 0x9e37_79b9;
    for (let tries = 0; tries < 4 * SAMPLE_SIZE && drawn.length < SAMPLE_SIZE; tries++) {
      seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b_3c6d) + 0x6d2b_79f5;
      const slot = (seed >>> 0) % top;
      if (live.has(slot)) drawn.push(slot);
    }
    this.#sample = Int32Array.from(drawn);
    this.#sampledAt = changes;
  }
}

/** What the index that knows best says of the condition. */
function bestEstimate(bound: BoundAttribute): IndexEstimate | undefined {
  let best: IndexEstimate | undefined;
  for (const use of bound.uses) {
    const estimate = use.index.estimate(use.sets);
    if (estimate !== undefined && (best === undefined || (estimate.counted && estimate.exact && !(best.counted && best.exact))))
      best = estimate;
  }
  return best;
}
