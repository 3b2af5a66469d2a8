/**
 * What this member proposes as primary: that a silent backup goes, that a learner becomes a backup, that another member becomes primary. One proposal at a
 * time, for all partitions together.
 *
 * When nobody knows whether a proposal was stored, it may be stored later still: until a newer view than the one it was made for. A learner gates commits
 * and a partition stays frozen until then.
 */
import type { ClusterView, Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import { backOff, pause } from '../base/pause.ts';
import type { Membership } from '../cluster/membership.ts';
import type { PrimaryGroup } from './primary-group.ts';
import type { ProtocolRules } from './replication.ts';
import type { Stream } from './stream.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
/** How often a move is proposed when others are faster. */
const MOVE_ATTEMPTS = 8;

type Wish = 'adopt' | 'remove';

interface Move {
  readonly to: MemberId;
  readonly settle: (moved: boolean) => void;
  attempts: number;
  /** Version for which it was proposed without an answer. */
  unknownAt: number;
}

export class TableChanges {
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #rules: ProtocolRules;
  readonly #wishes = new Map<Stream, { readonly group: PrimaryGroup; readonly wish: Wish }>();
  readonly #moves = new Map<PrimaryGroup, Move>();
  #isWorking = false;
  #isClosed = false;

  constructor(membership: Membership, clock: Clock, rules: ProtocolRules) {
    this.#membership = membership;
    this.#clock = clock;
    this.#rules = rules;
  }

  wish(group: PrimaryGroup, stream: Stream, wish: Wish): void {
    this.#wishes.set(stream, { group, wish });
    this.#start();
  }

  /** Resolves to whether the partition has moved; never before that is certain. */
  move(group: PrimaryGroup, to: MemberId): Promise<boolean> {
    return new Promise((settle) => {
      this.#moves.set(group, { to, settle, attempts: 0, unknownAt: -1 });
      this.#start();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#wishes.clear();
    for (const move of this.#moves.values()) move.settle(false);
    this.#moves.clear();
  }

  #start(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    let failures = 0;
    try {
      // What is wished for in this tick goes together.
      await this.#clock.yield();
      while (this.#hasWork()) {
        const outcome = await this.#propose();
        if (outcome === true) failures = 0;
        else {
          if (outcome === undefined) await this.#membership.refresh();
          await pause(this.#clock, backOff(this.#clock, failures++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
        }
      }
    } finally {
      // Now: what is asked for in the very next step must begin anew.
      this.#isWorking = false;
    }
  }

  #hasWork(): boolean {
    this.#forgetWishes();
    return !this.#isClosed && (this.#wishes.size > 0 || this.#moves.size > 0);
  }

  async #propose(): Promise<boolean | undefined> {
    if (!this.#membership.mayServe()) return undefined;
    let base = -1;
    const moves = [...this.#moves];
    const outcome = await this.#membership.propose((view, version) => {
      base = version - 1;
      return this.#change(view, version);
    });
    for (const [group, move] of moves) this.#settle(group, move, outcome, base);
    return outcome;
  }

  #change(view: ClusterView, version: number): ClusterView | undefined {
    let changed = [...this.#moves.values()].some((move) => move.unknownAt >= version - 1);
    const partitions = view.partitions.slice();
    const edit = (group: PrimaryGroup, change: (replicas: Replicas) => Replicas | undefined): void => {
      const before = partitions[group.partition];
      // A newer epoch than the group has seen: what it knows of its replicas may be old.
      if (before?.primary !== this.#membership.self || before.epoch !== group.epoch || group.phase === 'ended') return;
      const after = change(before);
      if (after === undefined) return;
      partitions[group.partition] = { ...after, epoch: version };
      changed = true;
    };
    this.#forgetWishes();
    for (const [stream, { group, wish }] of this.#wishes)
      edit(group, (replicas) => (wish === 'adopt' ? adopt(replicas, stream) : remove(replicas, stream)));
    for (const [group, { to }] of this.#moves)
      edit(group, (replicas) => {
        if (!replicas.backups.includes(to) || (this.#rules.freeze && !group.isDrained)) return undefined;
        const backups = [...replicas.backups.filter((id) => id !== to), this.#membership.self];
        return { ...replicas, primary: to, backups, term: version };
      });
    return changed ? { ...view, version, partitions } : undefined;
  }

  #settle(group: PrimaryGroup, move: Move, outcome: boolean | undefined, base: number): void {
    if (outcome === undefined && base >= 0) move.unknownAt = base;
    if (group.phase !== 'ended') {
      if (this.#rules.barrier && this.#membership.view.version <= move.unknownAt) return;
      if (outcome === false && ++move.attempts < MOVE_ATTEMPTS) return;
    }
    this.#moves.delete(group);
    move.settle(group.phase === 'ended');
  }

  /** Those that have come true, or whose reason is gone. */
  #forgetWishes(): void {
    for (const [stream, { group, wish }] of this.#wishes) {
      const isStill = group.streams.get(stream.to) === stream && (wish === 'adopt' ? stream.role === 'learner' : stream.isQuiet);
      if (!isStill) this.#wishes.delete(stream);
    }
  }
}

function adopt(replicas: Replicas, stream: Stream): Replicas | undefined {
  if (replicas.learner !== stream.to) return undefined;
  return { ...replicas, backups: [...replicas.backups, stream.to], learner: undefined };
}

function remove(replicas: Replicas, stream: Stream): Replicas | undefined {
  if (replicas.learner === stream.to) return { ...replicas, learner: undefined };
  if (!replicas.backups.includes(stream.to)) return undefined;
  return { ...replicas, backups: replicas.backups.filter((id) => id !== stream.to) };
}
