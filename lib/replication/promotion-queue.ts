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
  #waiting: Promotion[] = [];
  #isBusy = false;

  /** `serves` is called when a partition can be served. */
  constructor(state: PartitionState, clock: Clock, serves: (group: PrimaryGroup) => void) {
    this.#state = state;
    this.#clock = clock;
    this.#serves = serves;
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
    const wanted = this.#waiting.findIndex(({ group }) => group.isWanted);
    return this.#waiting.splice(Math.max(wanted, 0), 1)[0];
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
