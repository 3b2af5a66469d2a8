/**
 * One history of a simulated cluster: members of membership and replication as they are, about a memory of numbers; callers that ask, trouble for a while,
 * then quiet. In the end everything is looked at: whether each key's history explains itself, whether all replicas are equal, whether everything answers.
 */
import { ALL_RULES } from '../../lib/replication/protocol-rules.ts';
import type { ProtocolRules } from '../../lib/replication/replication.ts';
import type { ClusterView, Replicas } from '../../lib/api/coordinator.ts';
import { PROFILES, unleash, type FaultCounts, type ProfileName } from './chaos.ts';
import { accusation, explains, type RegisterCall, type RegisterKind } from './register.ts';
import { SimCluster, type Place } from './sim-cluster.ts';
import type { SimProcess } from './sim-process.ts';
import { spellView } from './sim-coordinator.ts';
import { ToyMember, partitionOf, type ToyOptions } from './toy-member.ts';

export interface ToyWorldOptions {
  readonly profile?: ProfileName;
  readonly rules?: Partial<ProtocolRules>;
  readonly members?: number;
  readonly callers?: number;
  readonly backups?: number;
  readonly asyncBackups?: number;
  readonly keys?: number;
  readonly partitions?: number;
  /** How long there is trouble. */
  readonly troubleMs?: number;
  readonly drift?: number;
  readonly stallProbability?: number;
  readonly downNeverProbability?: number;
  /** Probability that a member that has just become primary is cut off from the others, and paused. */
  readonly strikesPrimary?: number;
  /** See ChaosOptions. Default false. */
  readonly careful?: boolean;
  readonly trace?: (line: string) => void;
}

export interface Report {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly hash: number;
  readonly events: number;
  readonly calls: number;
  readonly unknown: number;
  readonly losses: number;
  /** Keys whose history was too hard to check. */
  readonly givenUp: number;
  readonly evictions: number;
  readonly promotions: number;
  readonly moves: number;
  readonly adoptions: number;
  readonly chaos: FaultCounts;
  /** All calls, as they were observed. */
  readonly history: readonly RegisterCall[];
}

const LEASE_MS = 400;
/** When trouble begins. */
const START_MS = 800;
const SETTLE_MS = LEASE_MS * 12;

export async function toyWorld(seed: number, options: ToyWorldOptions = {}): Promise<Report> {
  const world = new ToyWorld(seed, options);
  return await world.run();
}

class ToyWorld {
  readonly #seed: number;
  readonly #options: Required<Omit<ToyWorldOptions, 'trace'>>;
  readonly #rules: ProtocolRules;
  readonly #cluster: SimCluster<ToyMember>;
  readonly #history: RegisterCall[] = [];
  readonly #lossTimes: number[][];
  /** By partition: when an asynchronous backup first took over. */
  readonly #rollbackTimes: number[];
  #values = 0;
  #unknown = 0;
  #over = false;
  readonly #counts = { losses: 0, evictions: 0, promotions: 0, moves: 0, adoptions: 0 };

  constructor(seed: number, options: ToyWorldOptions) {
    this.#seed = seed;
    const shape = { members: 4, callers: 2, backups: 1, asyncBackups: 0, keys: 4, partitions: 3, troubleMs: 8000, drift: 0.02 };
    this.#options = {
      profile: 'mixed',
      ...shape,
      stallProbability: 0,
      downNeverProbability: 0,
      strikesPrimary: 0,
      careful: false,
      rules: {},
      ...options,
    };
    this.#rules = { ...ALL_RULES, ...options.rules };
    const { drift, stallProbability, downNeverProbability } = this.#options;
    this.#cluster = new SimCluster({
      seed,
      leaseMs: LEASE_MS,
      network: { downNeverProbability },
      process: { drift, stallProbability, stallMaxMs: LEASE_MS * 3, stallsUntilMs: START_MS + this.#options.troubleMs },
      trace: options.trace,
      incarnation: this.#rules.incarnation,
      evictAfterLease: this.#rules.evictAfterLease,
    });
    this.#lossTimes = Array.from({ length: this.#options.partitions }, () => []);
    this.#rollbackTimes = Array.from({ length: this.#options.partitions }, () => Infinity);
  }

  async run(): Promise<Report> {
    const cluster = this.#cluster;
    const { simulation } = cluster;
    const { profile, careful, troubleMs } = this.#options;
    cluster.coordinator.onStored = (view, before) => this.#watchView(view, before);
    for (let i = 0; i < this.#options.members; i++) cluster.seat(`m${i}`, (place) => this.#newMember(place, false), { atMs: i * 20 });
    for (let i = 0; i < this.#options.callers; i++)
      cluster.seat(`c${i}`, (place) => this.#newMember(place, true), { lite: true, atMs: 200 });
    // Whoever started the threads knows when one has ended.
    if (this.#isThreads)
      cluster.onCrash = (id) =>
        simulation.at(
          simulation.now + simulation.chance.around(2),
          'an end is told',
          () => void cluster.inhabitant('c0')?.membership.evict([id]),
        );
    const endMs = START_MS + troubleMs;
    const chaos = unleash(cluster, {
      weights: PROFILES[profile],
      careful,
      fromMs: START_MS,
      untilMs: endMs,
      sparesCallers: this.#isThreads,
      move: () => this.#move(),
    });
    await simulation.run(endMs + SETTLE_MS);
    this.#over = true;
    await simulation.run(endMs + SETTLE_MS + LEASE_MS * 4);
    this.#checkEnd();
    await this.#readAll();
    let givenUp = 0;
    for (const key of this.#keys()) {
      const partition = partitionOf(key, this.#options.partitions);
      const calls = this.#history.filter((call) => call.key === key);
      // Toy callers ask again whatever was lost.
      const losses = this.#lossTimes[partition]!;
      const times = { losses, repeats: losses };
      const explained = explains(calls, times, this.#rollbackTimes[partition]);
      if (explained === false)
        simulation.fault(`the history of ${key} does not explain itself: ${accusation(calls, times, this.#rollbackTimes[partition])}`);
      if (explained === undefined) givenUp++;
    }
    const { faults, hash, events } = simulation;
    const calls = this.#history.length;
    return {
      seed: this.#seed,
      faults,
      hash,
      events,
      calls,
      unknown: this.#unknown,
      givenUp,
      chaos,
      history: this.#history,
      ...this.#counts,
    };
  }

  #newMember(place: Place, lite: boolean): ToyMember {
    const { partitions, backups, asyncBackups, members } = this.#options;
    const toy: ToyOptions = {
      leaseMs: this.#isThreads ? Infinity : LEASE_MS,
      partitions,
      backups,
      asyncBackups,
      initialMembers: this.#seed % 3 === 0 ? 1 : members,
      rules: this.#rules,
      promotionMaxMs: 40,
      waitsProbability: 0.1,
      fault: (text) => this.#cluster.simulation.fault(text),
    };
    const member = new ToyMember(place, toy, lite);
    const loops = lite ? 3 : place.id.startsWith('m0') ? 1 : 0;
    for (let i = 0; i < loops; i++) void this.#callForEver(place, member, i);
    return member;
  }

  get #isThreads(): boolean {
    return this.#options.profile === 'threads';
  }

  #keys(): readonly string[] {
    return Array.from({ length: this.#options.keys }, (_, i) => `k${i}`);
  }

  /** One call after the other, each of a kind at random. The loop of a process that has ended is never heard of again. */
  async #callForEver({ id, process }: Place, member: ToyMember, loop: number): Promise<void> {
    const { clock } = process;
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
    const readsOnly = loop === 2;
    while (!this.#over) {
      await sleep(readsOnly ? 2 + clock.random() * 15 : 5 + clock.random() * 45);
      if (!member.joined || this.#over) continue;
      const index = Math.floor(clock.random() * this.#options.keys);
      const kind = readsOnly ? 'get' : kindOf(clock.random());
      const patienceMs = clock.random() < 0.15 ? 80 + clock.random() * 500 : 2500;
      await this.#observe(process, `${id}/${loop}`, `k${index}`, kind, (call) =>
        member.call(kind, call.key, call.a, call.b, patienceMs, readsOnly ? 2000 : 120),
      );
    }
  }

  async #observe(
    process: SimProcess,
    who: string,
    key: string,
    kind: RegisterKind,
    ask: (call: RegisterCall) => Promise<RegisterCall['answer']>,
  ): Promise<void> {
    const expected = kind === 'replaceIfSame' || kind === 'removeIfSame' ? this.#valueSeen(key) : ++this.#values;
    const call = {
      made: process.now,
      returned: Infinity,
      kind,
      key,
      a: expected,
      b: ++this.#values,
      answer: undefined as RegisterCall['answer'],
      who,
    };
    this.#history.push(call);
    const { simulation } = this.#cluster;
    if (simulation.traced) simulation.note(`CALL ${who} ${kind} ${key} ${call.a} ${call.b}`);
    const answer = await ask(call);
    if (answer === undefined) {
      this.#unknown++;
      if (simulation.traced) simulation.note(`GIVES UP ${who} ${kind} ${key} ${call.a}`);
      return;
    }
    call.answer = answer;
    call.returned = process.now;
    if (simulation.traced) simulation.note(`ANSWER ${who} ${kind} ${key} ${call.a} -> ${answer}`);
  }

  /** A value that was there not long ago, so that comparisons succeed at times. */
  #valueSeen(key: string): number {
    const last = this.#history.findLast((call) => call.key === key && (call.kind === 'put' || typeof call.answer === 'number'));
    return last === undefined ? 0 : last.kind === 'put' ? last.a : Number(last.answer);
  }

  #watchView(view: ClusterView, before: ClusterView): void {
    const { simulation } = this.#cluster;
    const present = new Set(view.members.map(({ id }) => id));
    this.#counts.evictions += before.members.filter(({ id }) => !present.has(id)).length;
    for (const [partition, group] of view.partitions.entries()) {
      const old = before.partitions[partition];
      if (old === undefined) continue;
      this.#checkGroup(partition, view, before);
      if (group.losses > old.losses) {
        this.#lossTimes[partition]!.push(simulation.now);
        this.#counts.losses++;
        const alive = [old.primary, ...old.backups].filter((id) => id !== undefined && present.has(id));
        if (alive.length > 0) simulation.fault(`partition ${partition} is called lost, ${alive.join()} had it: ${spellView(view)}`);
      }
      if (group.backups.length > old.backups.length) this.#counts.adoptions++;
      if (group.primary === old.primary) continue;
      if (group.primary !== undefined && old.asyncBackups.includes(group.primary)) this.#rollBack(partition, view, old);
      if (old.primary !== undefined && present.has(old.primary)) this.#counts.moves++;
      else this.#counts.promotions++;
      if (
        group.primary !== undefined &&
        simulation.now < START_MS + this.#options.troubleMs &&
        simulation.chance.happens(this.#options.strikesPrimary)
      )
        this.#strike(group.primary);
    }
  }

  /** An asynchronous backup takes over: only when nobody else is left may it do so. */
  #rollBack(partition: number, view: ClusterView, { primary, backups }: Replicas): void {
    const { simulation } = this.#cluster;
    this.#rollbackTimes[partition] = Math.min(this.#rollbackTimes[partition]!, simulation.now);
    const left = [primary, ...backups].filter((id) => view.members.some((member) => member.id === id));
    if (left.length > 0)
      simulation.fault(`partition ${partition} goes to an asynchronous backup, ${left.join()} had it: ${spellView(view)}`);
  }

  /** What must hold of every change of a group, whoever proposes it. */
  #checkGroup(partition: number, view: ClusterView, before: ClusterView): void {
    const group = view.partitions[partition]!;
    const old = before.partitions[partition]!;
    const replicas = [group.primary, ...group.backups, ...group.asyncBackups, group.learner].filter((id) => id !== undefined);
    const say = (what: string): void =>
      this.#cluster.simulation.fault(`partition ${partition} ${what}: ${spellView(before)} => ${spellView(view)}`);
    if (new Set(replicas).size < replicas.length) say('has two replicas on one member');
    if (replicas.some((id) => !view.members.some((member) => member.id === id && !member.lite))) say('is on somebody who is no member');
    const changed = JSON.stringify({ ...group, epoch: 0 }) !== JSON.stringify({ ...old, epoch: 0 });
    if (changed && group.epoch !== view.version) say('has changed without a new epoch');
    if (group.primary !== old.primary && group.term !== view.version) say('has another primary without a new term');
    if (group.term < old.term || group.epoch < old.epoch) say('goes back');
  }

  /** Cuts a new primary off, and stops it for a while, soon. */
  #strike(id: string): void {
    const { simulation, network } = this.#cluster;
    for (const other of this.#cluster.ids()) {
      network.cut(id, other, 'lose');
      network.cut(other, id, 'lose');
    }
    simulation.at(simulation.now + simulation.chance.between(5, 200), 'strikes', () => {
      const name = this.#cluster.names().find((one) => this.#cluster.process(one)?.id === id);
      if (name !== undefined) this.#cluster.process(name)!.pause(LEASE_MS * simulation.chance.between(1, 3));
    });
  }

  /** Somebody with sense or not asks a primary to hand a partition over. */
  #move(): void {
    const { simulation, coordinator } = this.#cluster;
    const partition = simulation.chance.whole(0, this.#options.partitions - 1);
    const group = coordinator.view.partitions[partition];
    const name = this.#cluster.names().find((one) => this.#cluster.process(one)?.id === group?.primary);
    if (name === undefined || group === undefined || group.backups.length === 0) return;
    this.#cluster.inhabitant(name)?.handover(partition, simulation.chance.pick(group.backups));
  }

  /** After enough quiet: everybody is here, every partition is whole, all its replicas are equal. */
  #checkEnd(): void {
    const { simulation, coordinator } = this.#cluster;
    const { view } = coordinator;
    const { backups, members, callers } = this.#options;
    if (view.members.length !== members + callers) simulation.fault(`not everybody is back: ${spellView(view)}`);
    for (const [partition, { primary, backups: has, learner }] of view.partitions.entries()) {
      if (has.length !== Math.min(backups, members - 1) || learner !== undefined)
        simulation.fault(`partition ${partition} is not whole: ${spellView(view)}`);
      const contents = (id: string | undefined): string | undefined => this.#memberOf(id)?.state?.contents(partition);
      const expected = contents(primary);
      for (const id of has)
        if (contents(id) !== expected)
          simulation.fault(`partition ${partition}: ${primary} has ${expected}, its backup ${id} ${contents(id)}`);
    }
  }

  #memberOf(id: string | undefined): ToyMember | undefined {
    const name = this.#cluster.names().find((one) => this.#cluster.process(one)?.id === id);
    return name === undefined ? undefined : this.#cluster.inhabitant(name);
  }

  /** Everything answers again. */
  async #readAll(): Promise<void> {
    const { simulation } = this.#cluster;
    const name = this.#cluster.names(true).find((one) => one.startsWith('c'))!;
    const member = this.#cluster.inhabitant(name);
    const process = this.#cluster.process(name);
    if (member === undefined || process === undefined || !member.joined) return simulation.fault('there is no caller in the end');
    let left = this.#options.keys;
    process.deliver('reads all', () => {
      for (const key of this.#keys()) {
        const ask = async (): Promise<RegisterCall['answer']> => {
          const answer = await member.call('get', key, 0, 0, LEASE_MS * 5, 200);
          if (answer === undefined) simulation.fault(`${key} does not answer in the end`);
          left--;
          return answer;
        };
        void this.#observe(process, 'the end', key, 'get', ask);
      }
    });
    await simulation.run(simulation.now + LEASE_MS * 6, () => left === 0);
  }
}

function kindOf(chance: number): RegisterKind {
  if (chance < 0.25) return 'get';
  if (chance < 0.6) return 'put';
  if (chance < 0.75) return 'replaceIfSame';
  if (chance < 0.85) return 'putIfAbsent';
  return chance < 0.92 ? 'remove' : 'removeIfSame';
}
