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
    this.#isBusy = true;
    const began = this.#clock.now();
    const ready = this.#takeReady();
    for (const [position, next] of ready.entries()) {
      const promoting = this.#promote(next);
      if (promoting === undefined && this.#clock.now() - began < SLICE_MS) continue;
      this.#waiting = [...ready.slice(position + 1), ...this.#waiting];
      void this.#goOn(next.group, promoting);
      return;
    }
    this.#isBusy = false;
  }

  async #goOn(group: PrimaryGroup, promoting: Promise<void> | undefined): Promise<void> {
    // One that was called off need not end.
    if (promoting !== undefined) await Promise.race([promoting, group.promoted().catch(() => undefined)]);
    await this.#clock.yield();
    this.#isBusy = false;
    this.work();
  }

  /** Those that can be promoted now, in the order in which they should be; once for many, as there may be thousands. */
  #takeReady(): Promotion[] {
    const wanted: Promotion[] = [];
    const others: Promotion[] = [];
    const notYet: Promotion[] = [];
    for (const promotion of this.#waiting) {
      const { group } = promotion;
      if (group.phase === 'ended') continue;
      if (!this.#isReady(group)) notYet.push(promotion);
      else (group.isWanted ? wanted : others).push(promotion);
    }
    this.#waiting = notYet;
    return wanted.concat(others);
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
