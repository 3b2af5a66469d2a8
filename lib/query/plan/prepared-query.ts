/** A condition made ready for one member, and kept as long as it fits: bound, planned, compiled. Repeating a query costs a few comparisons. */
import type { Condition } from '../conditions/condition.ts';
import { type Bound, type BoundAttribute, type SlotTest, bindCondition, boundAttributes } from './bound-condition.ts';
import type { EntrySource } from '../source/entry-source.ts';
import { type Route, type ScanRoute, planRoute, scanRoute } from './route.ts';
import { slotTest } from './slot-test.ts';
import type { Statistics } from './statistics.ts';

/** Something derived from the columns' generations. */
interface Kept<T> {
  readonly value: T;
  readonly generation: number;
  /** The source's `changes` at the time. */
  readonly at: number;
}

export class PreparedQuery {
  readonly condition: Condition;
  readonly root: Bound;
  readonly #source: EntrySource;
  readonly #statistics: Statistics;
  readonly #version: number;
  readonly #attributes: readonly BoundAttribute[];
  #matcher: Kept<SlotTest> | undefined;
  #route: Kept<Route> | undefined;
  #scan: Kept<ScanRoute> | undefined;

  constructor(condition: Condition, source: EntrySource, statistics: Statistics) {
    this.condition = condition;
    this.#source = source;
    this.#statistics = statistics;
    this.#version = source.attributes.version;
    this.root = bindCondition(condition, source);
    this.#attributes = [...boundAttributes(this.root)];
  }

  /** Whether the columns and indexes are still those it was bound to. If not, prepare anew. */
  get isCurrent(): boolean {
    return this.#version === this.#source.attributes.version;
  }

  /** Attributes that have no column, so that conditions on them look at entries. */
  get missing(): readonly BoundAttribute[] {
    return this.#attributes.filter((term) => term.column === undefined);
  }

  /** All attributes, as often as they are restricted. */
  get attributes(): readonly BoundAttribute[] {
    return this.#attributes;
  }

  /** Whether the entry at a live slot satisfies the condition, as of now: ask again after a pause. */
  matcher(): SlotTest {
    const generation = this.#generation();
    if (this.#matcher?.generation !== generation) this.#matcher = { value: slotTest(this.root), generation, at: this.#source.changes };
    return this.#matcher.value;
  }

  /** The best way to the matches. */
  route(): Route {
    const generation = this.#generation();
    const kept = this.#route;
    if (kept?.generation === generation && !this.#statistics.hasDrifted(kept.at)) return kept.value;
    const value = planRoute(this.root, this.#source, this.#statistics);
    this.#route = { value, generation, at: this.#source.changes };
    return value;
  }

  /** The scan, compiled for the columns as they are now: ask again after a pause. */
  scan(): ScanRoute {
    const generation = this.#generation();
    const planned = this.#route;
    if (planned?.generation === generation && planned.value.kind === 'scan') return planned.value;
    if (this.#scan?.generation !== generation) {
      this.#scan = { value: scanRoute(this.root, this.#source, this.#statistics), generation, at: this.#source.changes };
    }
    return this.#scan.value;
  }

  /** The index of the route gives another kind of answer than it was planned for. */
  forgetRoute(): void {
    this.#route = undefined;
  }

  /** Each column's generation only grows, so their sum is one number for all. */
  #generation(): number {
    let sum = 0;
    const attributes = this.#attributes;
    for (let i = 0; i < attributes.length; i++) sum += attributes[i]!.column?.generation ?? 0;
    return sum;
  }
}
