/** Partitions that become primary here, one after the other, with pauses: those first that somebody waits for. */
import type { Clock } from '../base/clock.ts';
import { backOff } from '../base/pause.ts';
import type { PrimaryGroup } from './primary-group.ts';
import type { PartitionState } from './replication.ts';

const SLICE_MS = 5;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 2000;

interface Promotion {
  readonly group: PrimaryGroup;
  readonly lost: boolean;
  failures: number;
}

export class PromotionQueue {
  readonly #state: PartitionState;
  readonly #clock: Clock;
  readonly #serves: (group: PrimaryGroup) => void;
  readonly #isReady: (group: PrimaryGroup) => boolean;
  #waiting: Promotion[] = [];
  #isBusy = false;

  /** `isReady`: whether a partition may be promoted; `work` is to be called when that changes. `serves` is called when it can be served. */
  constructor(state: PartitionState, clock: Clock, isReady: (group: PrimaryGroup) => boolean, serves: (group: PrimaryGroup) => void) {
    this.#state = state;
    this.#clock = clock;
    this.#serves = serves;
    this.#isReady = isReady;
  }

  add(group: PrimaryGroup, lost: boolean): void {
    this.#waiting.push({ group, lost, failures: 0 });
  }

  /** Promotes what waits. What takes no time is done at once, as long as all of it takes little time. */
  work(): void {
    if (this.#isBusy) return;
    const began = this.#clock.now();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const promoting = this.#promote(next);
      if (promoting === undefined && this.#clock.now() - began < SLICE_MS) continue;
      this.#isBusy = true;
      void this.#goOn(next.group, promoting);
      return;
    }
  }

  async #goOn(group: PrimaryGroup, promoting: Promise<void> | undefined): Promise<void> {
    // One that was called off need not end.
    if (promoting !== undefined) await Promise.race([promoting, group.promoted().catch(() => undefined)]);
    await this.#clock.yield();
    this.#isBusy = false;
    this.work();
  }

  #next(): Promotion | undefined {
    this.#waiting = this.#waiting.filter(({ group }) => group.phase !== 'ended');
    const ready = this.#waiting.filter(({ group }) => this.#isReady(group));
    const next = ready.find(({ group }) => group.isWanted) ?? ready[0];
    if (next !== undefined) this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  #promote(promotion: Promotion): Promise<void> | undefined {
    const { group, lost } = promotion;
    group.phase = 'promoting';
    try {
      const done = this.#state.promote(group.partition, group.term, lost);
      if (done instanceof Promise)
        return done.then(
          () => this.#done(group),
          () => this.#failed(promotion),
        );
      this.#done(group);
    } catch {
      this.#failed(promotion);
    }
    return undefined;
  }

  #done(group: PrimaryGroup): void {
    if (group.phase === 'promoting') this.#serves(group);
  }

  /** Memory could not be made ready, a store not be opened: callers wait, as long as they like, while it is tried again. */
  #failed(promotion: Promotion): void {
    const delayMs = backOff(this.#clock, promotion.failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS);
    this.#clock.after(delayMs, () => {
      this.#waiting.push(promotion);
      this.work();
    });
  }
}
