/** A member's replication: primary of some partitions, replica of others. The protocol is described in docs/replication.md. */
import type { ClusterView, Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Transport } from '../transport/transport.ts';
import { Callers } from './callers.ts';
import { Calls } from './calls.ts';
import { CopySlots } from './copy-slots.ts';
import { evacuate } from './evacuation.ts';
import { Handovers } from './handovers.ts';
import { Held } from './held.ts';
import {
  type Ack,
  ACK_PLACES,
  type AnswerItem,
  type AnswerMessage,
  ANSWERS,
  HANDOVER,
  type HandoverRequest,
  STREAM,
  type StreamItem,
  type StreamMessage,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { type GroupHost, PrimaryGroup } from './primary-group.ts';
import { PromotionQueue } from './promotion-queue.ts';
import { ALL_RULES } from './protocol-rules.ts';
import { ReplicaSide } from './replica-side.ts';
import { NotServedError, type PartitionState, type ProtocolRules, type Replication, type ServedCall } from './replication.ts';
import type { Stream } from './stream.ts';
import { StreamWatch } from './stream-watch.ts';
import { TableChanges } from './table-changes.ts';

/** Looks of the watch between two times that answers are forgotten whose callers have moved on. */
const LOOKS_BETWEEN_PRUNES = 20;
const ASK_AGAIN_MS = 50;

export interface ReplicatorParts {
  readonly transport: Transport;
  readonly membership: Membership;
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Default: all on. */
  readonly rules?: ProtocolRules;
}

export class Replicator implements Replication {
  readonly #transport: Transport;
  readonly #membership: Membership;
  readonly #state: PartitionState;
  readonly #clock: Clock;
  readonly #rules: ProtocolRules;
  readonly #callers = new Callers();
  readonly #held: Held[] = [];
  readonly #groups: (PrimaryGroup | undefined)[] = [];
  readonly #epochs: number[] = [];
  readonly #streams: Outbox<StreamItem>;
  readonly #answers: Outbox<AnswerItem>;
  readonly #replica: ReplicaSide;
  readonly #calls: Calls;
  readonly #promotions: PromotionQueue;
  readonly #copies = new CopySlots();
  readonly #table: TableChanges;
  readonly #handovers: Handovers;
  readonly #watch: StreamWatch;
  readonly #host: GroupHost;
  readonly #closing = new AbortController();
  readonly #endings: (() => void)[] = [];
  #dirty: PrimaryGroup[] = [];
  #tickEnds = false;
  #generation = 0;
  #served: { readonly generation: number; readonly partitions: readonly number[] } = { generation: -1, partitions: [] };
  #streamCount = 0;
  #looks = 0;

  /** To be made before the member joins: it follows the views of the membership from now on. */
  constructor({ transport, membership, state, clock, rules = ALL_RULES }: ReplicatorParts) {
    this.#transport = transport;
    this.#membership = membership;
    this.#state = state;
    this.#clock = clock;
    this.#rules = rules;
    this.#host = this.#makeHost();
    const wake = (): void => this.#wake();
    this.#streams = new Outbox(transport, STREAM, (items): StreamMessage => ({ version: membership.view.version, items }), wake);
    this.#answers = new Outbox(transport, ANSWERS, (items): AnswerMessage => ({ items }), wake);
    this.#replica = new ReplicaSide({
      membership,
      state,
      rules,
      callers: this.#callers,
      held: (partition) => this.#heldOf(partition),
      isPrimary: (partition) => this.#groups[partition] !== undefined,
      answer: (to, item) => this.#answers.add(to, item),
      wake,
    });
    const group = (partition: number): PrimaryGroup | undefined => this.#groups[partition];
    this.#calls = new Calls({ membership, rules, callers: this.#callers, group });
    // A call of an earlier term might change memory in the new one: nothing is owned until it has ended, and so it ends without effect.
    const isReady = ({ partition }: PrimaryGroup): boolean => this.#heldOf(partition).lateCalls === 0;
    this.#promotions = new PromotionQueue(state, clock, isReady, (promoted) => this.#promoted(promoted));
    this.#table = new TableChanges(membership, clock, rules);
    const { leaseMs } = membership;
    this.#handovers = new Handovers({ clock, state, rules, table: this.#table, leaseMs, group, servedChanged: () => this.#generation++ });
    this.#watch = new StreamWatch({
      clock,
      leaseMs,
      groups: () => this.#primaries(),
      silent: (silentGroup, stream) => this.#silent(silentGroup, stream),
      looked: () => this.#looked(),
    });
    this.#listen();
    this.#follow(membership.view);
  }

  #listen(): void {
    const transport = this.#transport;
    const ifOpen =
      <B>(handle: (from: MemberId, body: B) => void) =>
      (from: MemberId, body: unknown): void => {
        if (!this.#closing.signal.aborted) handle(from, body as B);
      };
    transport.handle(
      STREAM,
      ifOpen((from, message: StreamMessage) => this.#replica.receive(from, message)),
    );
    transport.handle(
      ANSWERS,
      ifOpen((from, { items }: AnswerMessage) => this.#answered(from, items)),
    );
    transport.handle(
      HANDOVER,
      ifOpen((_, { partition, to }: HandoverRequest) => void this.#handovers.move(partition, to)),
    );
    this.#endings.push(
      this.#membership.onView((view) => this.#follow(view)),
      transport.onDown((member) => this.#askAll(member)),
    );
    this.#membership.deposed.addEventListener('abort', () => this.#stop());
  }

  get generation(): number {
    return this.#generation;
  }

  served(): readonly number[] {
    if (!this.#membership.mayServe()) return [];
    if (this.#served.generation !== this.#generation) {
      const partitions = this.#primaries().filter(({ phase }) => phase === 'serving');
      this.#served = { generation: this.#generation, partitions: partitions.map(({ partition }) => partition) };
    }
    return this.#served.partitions;
  }

  serves(partition: number): boolean {
    return this.#groups[partition]?.phase === 'serving' && this.#membership.mayServe();
  }

  owns(partition: number): boolean {
    return this.#groups[partition]?.isOwned === true;
  }

  backupsOf(partition: number): number {
    return this.#membership.view.partitions[partition]?.backups.length ?? 0;
  }

  changes(partition: number): number {
    const group = this.#groups[partition];
    if (group?.isOwned !== true) throw new NotServedError(this.#membership.view.version);
    return group.changes();
  }

  serve<R>(call: ServedCall, run: () => R | Promise<R>): R | Promise<R> {
    return this.#calls.serve(call, run);
  }

  settled(partitions: Iterable<number>): boolean | Promise<boolean> {
    const groups: PrimaryGroup[] = [];
    const waits: Promise<void>[] = [];
    for (const partition of partitions) {
      const group = this.#groups[partition];
      if (group === undefined || (group.phase !== 'serving' && group.phase !== 'frozen')) return false;
      groups.push(group);
      const { line } = group;
      const need = group.dirty ? line.seq + 1 : line.seq;
      if (need > line.committed) waits.push(line.until(need));
    }
    const isServed = (): boolean => groups.every(({ phase }) => phase !== 'ended') && this.#membership.mayServe();
    if (waits.length === 0) return isServed();
    return Promise.all(waits).then(isServed, () => false);
  }

  hold(): () => void {
    return this.#handovers.hold();
  }

  evacuate(): Promise<void> {
    return evacuate(this.#membership, this.#clock, this.#handovers, () => this.#primaries(), this.#closing.signal);
  }

  close(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  #stop(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const end of this.#endings) end();
    this.#watch.stop();
    this.#table.close();
    for (const group of this.#primaries()) this.#end(group);
  }

  #primaries(): readonly PrimaryGroup[] {
    return this.#groups.filter((group) => group !== undefined);
  }

  #heldOf(partition: number): Held {
    return (this.#held[partition] ??= new Held(partition));
  }

  /** Does what a newer view says. */
  #follow(view: ClusterView): void {
    if (this.#closing.signal.aborted) return;
    if (this.#callers.follow(view)) for (const held of this.#held) held?.answers.prune();
    for (const [partition, replicas] of view.partitions.entries()) {
      if (this.#epochs[partition] === replicas.epoch) continue;
      this.#epochs[partition] = replicas.epoch;
      this.#followPartition(partition, replicas);
    }
    this.#promotions.work();
  }

  #followPartition(partition: number, replicas: Replicas): void {
    const held = this.#heldOf(partition);
    const heardOf = held.epoch;
    held.epoch = Math.max(heardOf, replicas.epoch);
    const group = this.#groups[partition];
    const { self } = this.#membership;
    if (replicas.primary === self) {
      if (group?.term === replicas.term) group.follow(replicas);
      else {
        if (group !== undefined) this.#demote(group, held);
        this.#lead(held, replicas);
      }
      return;
    }
    const isReplica = replicas.backups.includes(self) || replicas.learner === self || replicas.asyncBackups.includes(self);
    if (group !== undefined) this.#demote(group, held);
    // Replicas of a newer epoch are told by their primary before they see the view: an older view does not undo that.
    if (isReplica || (this.#rules.keepNewer && replicas.epoch < heardOf)) return;
    if (!held.isEmpty || held.arriving !== undefined) this.#state.drop(partition);
    held.clear();
  }

  /** Becomes primary. */
  #lead(held: Held, replicas: Replicas): void {
    const { partition } = held;
    const isLost = replicas.losses > held.losses;
    if (isLost) {
      // What is here belongs to a past that has ended.
      if (!held.isEmpty) this.#state.drop(partition);
      held.clear();
    }
    held.unfollow();
    const group = new PrimaryGroup(this.#host, partition, replicas, { term: held.term, seq: held.seq }, held.answers);
    held.term = replicas.term;
    held.losses = replicas.losses;
    this.#groups[partition] = group;
    group.follow(replicas);
    this.#promotions.add(group, isLost);
  }

  #demote(group: PrimaryGroup, held: Held): void {
    const wasPromoted = group.isOwned;
    held.term = group.term;
    // What has changed and was not collected is in no batch: this is a state that nobody else has.
    held.seq = group.line.seq + (group.dirty ? 1 : 0);
    held.lateCalls += group.running;
    this.#end(group);
    held.answers.forgetRunning();
    if (wasPromoted) this.#state.demote(group.partition);
  }

  #end(group: PrimaryGroup): void {
    this.#groups[group.partition] = undefined;
    this.#generation++;
    group.end(new NotServedError(this.#membership.view.version));
  }

  #promoted(group: PrimaryGroup): void {
    group.serve();
    this.#generation++;
    if (this.#copies.hasNext) this.#wake();
  }

  #answered(from: MemberId, items: readonly AnswerItem[]): void {
    const now = this.#clock.now();
    for (const item of items) {
      if (item[0] === 'ack') {
        this.#acked(from, item, now);
        continue;
      }
      const [kind, partition, stream] = item;
      const group = this.#groups[partition];
      if (group === undefined) continue;
      if (kind === 'position') group.positioned(from, stream, item[3], item[4], item[5], item[6], now);
      else void this.#membership.atLeast(item[3]);
    }
  }

  #acked(from: MemberId, ack: Ack, now: number): void {
    for (let i = 1; i < ack.length; i += ACK_PLACES) {
      const [partition, stream, seq, pieces] = [ack[i] as number, ack[i + 1] as number, ack[i + 2] as number, ack[i + 3] as number];
      this.#groups[partition]?.acked(from, stream, seq, pieces, now);
    }
  }

  #silent(group: PrimaryGroup, stream: Stream): void {
    if (this.#rules.removeBeforeCommit) this.#table.wish(group, stream, 'remove');
    else {
      stream.isIgnored = true;
      group.advance();
    }
  }

  #looked(): void {
    if (++this.#looks % LOOKS_BETWEEN_PRUNES === 0) for (const held of this.#held) held?.answers.prune();
  }

  /** The link to a member broke: something may have been lost. It may go on breaking at each attempt. */
  #askAll(member: MemberId): void {
    const now = this.#clock.now();
    for (const group of this.#primaries()) {
      const stream = group.streams.get(member);
      if (stream?.isUnderWay(group.line.seq) === true && now - stream.askedAt >= ASK_AGAIN_MS) group.ask(stream);
    }
  }

  #wake(): void {
    if (this.#tickEnds) return;
    this.#tickEnds = true;
    this.#transport.atTickEnd(this.#endTick);
  }

  readonly #endTick = (): void => {
    if (!this.#closing.signal.aborted) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const group of dirty) if (group.phase !== 'ended') group.collect();
      if (this.#copies.hasNext) this.#copies.begin();
      this.#replica.acknowledge();
      this.#streams.flush();
      this.#answers.flush();
    }
    this.#tickEnds = false;
  };

  #makeHost(): GroupHost {
    return {
      state: this.#state,
      rules: this.#rules,
      now: () => this.#clock.now(),
      nextStream: () => ++this.#streamCount,
      send: (to, item) => this.#streams.add(to, item),
      needsCopy: (group, stream) => {
        this.#copies.wait(group, stream);
        this.#wake();
      },
      copyEnded: (stream) => {
        this.#copies.ended(stream);
        if (this.#copies.hasNext) this.#wake();
      },
      caughtUp: (group, stream) => this.#table.wish(group, stream, 'adopt'),
      ranLate: ({ partition }) => {
        if (--this.#heldOf(partition).lateCalls === 0) this.#promotions.work();
      },
      isDirty: (group) => {
        this.#dirty.push(group);
        this.#wake();
      },
    };
  }
}
