/** A few toy members without any trouble but what a directed test makes. */
import { ALL_RULES } from '../../lib/replication/protocol-rules.ts';
import type { ProtocolRules } from '../../lib/replication/replication.ts';
import type { RegisterCall, RegisterKind } from './register.ts';
import { SimCluster } from './sim-cluster.ts';
import { ToyMember } from './toy-member.ts';

const LEASE_MS = 400;
export type Answer = RegisterCall['answer'];

export interface StageOptions {
  readonly members?: number;
  readonly backups?: number;
  readonly initialMembers?: number;
  /** Whether each call waits a moment before it changes anything. */
  readonly waits?: boolean;
  readonly rules?: Partial<ProtocolRules>;
  readonly trace?: (line: string) => void;
}

/** One partition, named members `m0`…, one lite caller `c0`; key `k0`. */
export class Stage {
  readonly cluster: SimCluster<ToyMember>;
  readonly leaseMs = LEASE_MS;
  readonly #rules: ProtocolRules;
  readonly #options: StageOptions;

  constructor(options: StageOptions = {}) {
    this.#options = options;
    this.#rules = { ...ALL_RULES, ...options.rules };
    this.cluster = new SimCluster({
      seed: 1,
      leaseMs: LEASE_MS,
      network: { lateProbability: 0, delayMeanMs: 0.5 },
      trace: options.trace,
      evictAfterLease: this.#rules.evictAfterLease,
      incarnation: this.#rules.incarnation,
    });
    for (let i = 0; i < (options.members ?? 3); i++) this.join(`m${i}`, i * 20);
    this.join('c0', 200, true);
  }

  get faults(): readonly string[] {
    return this.cluster.simulation.faults;
  }

  get now(): number {
    return this.cluster.simulation.now;
  }

  get group(): NonNullable<SimCluster['coordinator']['view']['partitions'][number]> {
    return this.cluster.coordinator.view.partitions[0]!;
  }

  /** Adds a member. */
  join(name: string, atMs = this.now, lite = false): void {
    const options = {
      leaseMs: LEASE_MS,
      partitions: 1,
      backups: this.#options.backups ?? 1,
      asyncBackups: 0,
      initialMembers: this.#options.initialMembers ?? this.#options.members ?? 3,
      rules: this.#rules,
      promotionMaxMs: 0,
      waitsProbability: this.#options.waits === true ? 1 : 0,
      fault: (text: string) => this.cluster.simulation.fault(text),
    };
    this.cluster.seat(name, (place) => new ToyMember(place, options, lite), { lite, atMs });
  }

  /** Lets the world go on. */
  async run(ms: number): Promise<void> {
    await this.cluster.simulation.run(this.now + ms);
  }

  /** Lets it go on until something is so; a fault when that takes too long. */
  async until(what: string, isSo: () => boolean, ms = 8000): Promise<void> {
    await this.cluster.simulation.run(this.now + ms, isSo);
    if (!isSo()) throw new Error(`in vain: ${what}`);
  }

  /** Everybody has joined and every backup is there. */
  async settled(): Promise<void> {
    const isWhole = (): boolean =>
      this.group !== undefined &&
      this.group.backups.length === Math.min(this.#options.backups ?? 1, this.cluster.names().length - 1) &&
      this.group.learner === undefined &&
      this.cluster.names(true).every((name) => this.cluster.inhabitant(name)?.joined === true);
    await this.until('settled', isWhole);
    await this.run(LEASE_MS);
  }

  id(name: string): string {
    return this.cluster.process(name)!.id;
  }

  /** The name in an id. */
  name(id: string | undefined): string {
    return String(id).split('#')[0]!;
  }

  /** Asks from a member; the answer when it is there, `undefined` when it was given up. */
  ask(name: string, kind: RegisterKind, a = 0, b = 0, { patienceMs = 3000, onceMs = 120, key = 'k0' } = {}): Asked {
    const asked: Asked = { answer: undefined, isOver: false };
    const process = this.cluster.process(name)!;
    process.deliver(`asks ${kind}`, () => {
      void this.cluster
        .inhabitant(name)!
        .call(kind, key, a, b, patienceMs, onceMs)
        .then((answer) => {
          asked.answer = answer;
          asked.isOver = true;
        });
    });
    return asked;
  }

  /** Asks, and lets the world go on until it is answered. */
  async answer(name: string, kind: RegisterKind, a = 0, b = 0): Promise<Answer> {
    const asked = this.ask(name, kind, a, b);
    await this.until(`an answer to ${kind}`, () => asked.isOver);
    return asked.answer;
  }

  /** Cuts one direction between ids. What stalls stays so until healed. */
  cut(from: string, to: string, how: 'lose' | 'stall' = 'lose'): void {
    this.cluster.network.cut(from, to, how, Infinity);
  }

  /** Asks the primary to hand over, and waits until that has happened. */
  async moves(to: string): Promise<void> {
    const { primary } = this.group;
    this.cluster.inhabitant(this.name(primary))!.handover(0, this.id(to));
    await this.until(`the move to ${to}`, () => this.group.primary === this.id(to));
    await this.run(20);
  }

  /** The process ends and stays away. */
  crash(name: string): void {
    this.cluster.crash(name, undefined);
  }

  /** Loses envelopes from one to another that have a message of this kind about replication in them. */
  loses(from: string, to: string, kind: string, times = Infinity): void {
    let left = times;
    this.cluster.network.tamper = (sender, receiver, envelope) => {
      if (sender !== this.id(from) || receiver !== this.id(to) || left === 0) return undefined;
      if (!JSON.stringify(envelope).includes(`["${kind}"`)) return undefined;
      left--;
      return 'lose';
    };
  }

  cutBoth(one: string, other: string, how: 'lose' | 'stall' = 'lose'): void {
    this.cut(one, other, how);
    this.cut(other, one, how);
  }
}

export interface Asked {
  answer: Answer;
  isOver: boolean;
}
