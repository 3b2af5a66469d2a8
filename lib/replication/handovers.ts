/**
 * Planned moves of a primary: to a backup, which has everything already.
 *
 * Looks at whole partitions that have begun are let end, as far as that takes no long; then nothing new is served, what runs ends, everything is committed,
 * and the backup is proposed as primary. Whatever was answered here is there; whoever is refused asks there.
 */
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import { pause } from '../base/pause.ts';
import type { PrimaryGroup } from './primary-group.ts';
import type { PartitionState, ProtocolRules } from './replication.ts';
import type { TableChanges } from './table-changes.ts';

/** Longest time for looks that have begun. */
const HOLD_MS = 1000;
/** Longest time without service before the move is called off. */
const DRAIN_MS = 1000;

export interface HandoverParts {
  readonly clock: Clock;
  readonly state: PartitionState;
  readonly rules: ProtocolRules;
  readonly table: TableChanges;
  readonly leaseMs: number;
  group(partition: number): PrimaryGroup | undefined;
  /** What is served has changed. */
  servedChanged(): void;
}

export class Handovers {
  readonly #parts: HandoverParts;
  readonly #moving = new Set<PrimaryGroup>();
  readonly #looks = new Set<PromiseWithResolvers<void>>();

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** A look at whole partitions begins; the function that is returned ends it. */
  hold(): () => void {
    const look = Promise.withResolvers<void>();
    this.#looks.add(look);
    return () => {
      this.#looks.delete(look);
      look.resolve();
    };
  }

  isMoving(group: PrimaryGroup): boolean {
    return this.#moving.has(group);
  }

  /** Moves a partition to one of its backups; whether that has happened. */
  async move(partition: number, to: MemberId): Promise<boolean> {
    const group = this.#parts.group(partition);
    if (group === undefined || this.#moving.has(group) || !canMove(group, to)) return false;
    this.#moving.add(group);
    try {
      await this.#within(HOLD_MS, Promise.all([...this.#looks].map((look) => look.promise)));
      return canMove(group, to) && (await this.#freezeAndMove(group, to));
    } finally {
      this.#moving.delete(group);
    }
  }

  async #freezeAndMove(group: PrimaryGroup, to: MemberId): Promise<boolean> {
    const { rules, state, table, leaseMs } = this.#parts;
    group.phase = 'frozen';
    this.#parts.servedChanged();
    state.freeze?.(group.partition, true);
    if (rules.freeze) await this.#within(Math.min(leaseMs, DRAIN_MS), this.#drain(group));
    const moved = !rules.freeze || group.isDrained ? await table.move(group, to) : false;
    if (!moved && group.phase === 'frozen') {
      group.phase = 'serving';
      state.freeze?.(group.partition, false);
      this.#parts.servedChanged();
    }
    return moved;
  }

  /** Calls end, what they changed goes out at the end of the tick, and is committed. */
  async #drain(group: PrimaryGroup): Promise<void> {
    while (group.phase === 'frozen' && !group.isDrained) {
      await group.idle();
      if (group.dirty) await this.#parts.clock.yield();
      else await group.line.until(group.line.seq).catch(() => undefined);
    }
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    await Promise.race([work, pause(this.#parts.clock, ms, over.signal)]);
    over.abort();
  }
}

function canMove(group: PrimaryGroup, to: MemberId): boolean {
  const stream = group.streams.get(to);
  return group.phase === 'serving' && stream?.role === 'backup' && stream.phase === 'following';
}
