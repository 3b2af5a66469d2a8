/** The smallest member of a cluster there is: membership and replication as they are, about a memory of numbers. Lite ones only call. */
import type { MemberId } from '../../lib/api/transport.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { ClusterMembership } from '../../lib/cluster/cluster-membership.ts';
import { CallLines } from '../../lib/member/calls/call-lines.ts';
import { NotServedError, type CallId, type ProtocolRules } from '../../lib/replication/replication.ts';
import { Replicator } from '../../lib/replication/replicator.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { applyToRegister, type RegisterKind } from './register.ts';
import type { Inhabitant, Place } from './sim-cluster.ts';
import { ToyState } from './toy-state.ts';

export interface ToyOptions {
  readonly leaseMs: number;
  readonly partitions: number;
  readonly backups: number;
  readonly asyncBackups: number;
  readonly initialMembers: number;
  readonly rules: ProtocolRules;
  readonly promotionMaxMs: number;
  /** Probability that a call waits for something, as for a store, before it changes anything. */
  readonly waitsProbability: number;
  readonly fault: (text: string) => void;
}

interface Question {
  readonly partition: number;
  readonly term: number;
  readonly version: number;
  readonly id: CallId | undefined;
  readonly key: string;
  readonly kind: RegisterKind;
  readonly a: number;
  readonly b: number;
}

type Reply = { readonly answer: number | null | boolean } | { readonly no: number };

export class ToyMember implements Inhabitant {
  readonly membership: ClusterMembership;
  readonly replicator: Replicator | undefined;
  readonly state: ToyState | undefined;
  readonly clock: Clock;
  /** Set once it has joined. */
  joined = false;
  readonly #place: Place;
  readonly #options: ToyOptions;
  readonly #transport: Endpoint;
  readonly #lines: CallLines;

  constructor(place: Place, options: ToyOptions, lite: boolean) {
    this.#place = place;
    this.#options = options;
    this.clock = place.process.clock;
    this.#lines = new CallLines(place.id);
    this.#transport = new Endpoint(place.links, this.clock);
    this.membership = new ClusterMembership({
      transport: this.#transport,
      coordinator: place.coordinator,
      clock: this.clock,
      leaseMs: options.leaseMs,
      partitionCount: options.partitions,
      backups: { sync: options.backups, async: options.asyncBackups },
      lite,
      initialMembers: options.initialMembers,
      rules: options.rules,
    });
    if (!lite) {
      const { transport, membership, clock } = { transport: this.#transport, membership: this.membership, clock: this.clock };
      this.state = new ToyState(clock, options.promotionMaxMs, (text) => options.fault(`${place.id}: ${text}`));
      this.replicator = new Replicator({ transport, membership, state: this.state, clock, rules: options.rules });
      transport.handle('call.toy', (_, question) => this.#reply(question as Question));
    }
    this.membership.deposed.addEventListener('abort', () => place.evicted());
    void this.membership.join().then(
      () => (this.joined = true),
      (error: unknown) => place.process.alive && options.fault(`${place.id} can't join: ${String(error)}`),
    );
  }

  async leave(): Promise<void> {
    await this.membership.announceLeaving();
    await this.replicator?.evacuate();
    await this.membership.leave();
    await this.#transport.close();
  }

  /** Asks this member, as a leader would, to hand a partition to a backup. */
  handover(partition: number, to: MemberId): void {
    this.#transport.post(this.#place.id, 'replication.handover', { partition, to });
  }

  /** Asks whoever holds the key until somebody answers or the time is over: `undefined` then. */
  async call(
    kind: RegisterKind,
    key: string,
    a: number,
    b: number,
    patienceMs: number,
    onceMs: number,
  ): Promise<number | null | boolean | undefined> {
    const partition = partitionOf(key, this.#options.partitions);
    const line = this.#lines.next('short');
    const number = line.begin();
    const until = this.clock.now() + patienceMs;
    try {
      while (this.clock.now() < until) {
        const { view } = this.membership;
        const group = view.partitions[partition];
        const id = kind === 'get' ? undefined : this.#lines.idOf(line, number);
        if (group?.primary !== undefined) {
          const question: Question = { partition, term: group.term, version: view.version, id, key, kind, a, b };
          const reply = await this.#ask(group.primary, question, onceMs);
          if (reply !== undefined && 'answer' in reply) return reply.answer;
          if (reply !== undefined && reply.no > view.version) await this.membership.atLeast(reply.no);
          else if (reply === undefined) await this.membership.refresh();
        }
        await this.#sleep(5 + this.clock.random() * 15);
      }
      return undefined;
    } finally {
      line.end(number);
    }
  }

  async #ask(to: string, question: Question, timeoutMs: number): Promise<Reply | undefined> {
    try {
      if (to === this.#place.id) return await this.#reply(question);
      return (await this.#transport.request(to, 'call.toy', question, { timeoutMs })) as Reply;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'LostCallError')
        this.#options.fault(`${this.#place.id}: ${String((error as Error).stack)}`);
      return undefined;
    }
  }

  async #reply(question: Question): Promise<Reply> {
    if (question.version > this.membership.view.version) await this.membership.atLeast(question.version);
    const { partition, term, id, key } = question;
    const { state } = this;
    if (state === undefined || this.replicator === undefined) return { no: this.membership.view.version };
    try {
      const pending = (): number => state.pendingOf(partition, key);
      return { answer: await this.replicator.serve({ partition, term, id, pending }, () => this.#run(question)) };
    } catch (error) {
      if (error instanceof NotServedError) return { no: error.version };
      throw error;
    }
  }

  #run(question: Question): Answer | Promise<Answer> {
    if (this.clock.random() >= this.#options.waitsProbability) return this.#act(question);
    return this.#sleep(this.clock.random() * 30).then(() => this.#act(question));
  }

  #act({ partition, key, kind, a, b }: Question): Answer {
    const state = this.state!;
    const before = state.read(partition, key);
    const [after, answer] = applyToRegister(before, { kind, a, b });
    if (after !== before) state.write(partition, key, after, this.replicator!.changes(partition));
    return answer;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }
}

type Answer = number | null | boolean;

/** Keys end in their number. */
export function partitionOf(key: string, partitions: number): number {
  return Number(key.slice(1)) % partitions;
}
