/** Members without data on virtual time: memberships as they are, a coordinator they may lose, primaries that do at once what they are asked for. */
import type { Coordinator, Replicas } from '../../lib/api/coordinator.ts';
import type { Clock } from '../../lib/base/clock.ts';
import { ClusterMembership, type MembershipParts } from '../../lib/cluster/cluster-membership.ts';
import { LocalCoordinator } from '../../lib/cluster/local-coordinator.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';
import type { Transport } from '../../lib/transport/transport.ts';
import { VirtualTime } from './virtual-time.ts';

/** `mute`: what is asked happens, and nobody hears the answer. */
export type Reach = 'up' | 'down' | 'mute';

export interface TestMember {
  readonly id: string;
  readonly membership: ClusterMembership;
  readonly transport: Transport;
  /** How it reaches the coordinator. */
  reach: Reach;
  /** Until when its process is stopped. */
  pausedUntil: number;
  /** Calls of the coordinator. */
  readonly calls: string[];
  /** Told of each of them, before it goes out. */
  onCall: (name: string) => void;
}

export type MemberOptions = Partial<Omit<MembershipParts, 'transport' | 'coordinator' | 'clock'>> & { readonly rate?: number };

export class MembersWorld {
  readonly time: VirtualTime;
  readonly local = new LocalCoordinator();
  readonly members = new Map<string, TestMember>();
  readonly #network: InProcessNetwork;
  readonly #options: MemberOptions;
  /** Whether the hints of the coordinator reach anybody. */
  hints = true;
  /** Whether primaries hand partitions over; they do so without care, and may serve on until they know that they have. */
  moves = true;

  constructor(seed: number, options: MemberOptions = {}) {
    this.time = new VirtualTime(seed);
    this.#network = new InProcessNetwork(this.time.clock());
    this.#options = options;
  }

  add(id: string, options: MemberOptions = {}): TestMember {
    const { rate = 1, ...parts } = { ...this.#options, ...options };
    const state = { id, reach: 'up' as Reach, pausedUntil: 0, calls: [] as string[], onCall: (): void => undefined };
    const clock = this.time.clock(rate, () => member.pausedUntil);
    const transport = new Endpoint(this.#network.links(id), clock);
    const coordinator = this.#reached(() => member, clock);
    const common = { leaseMs: 1000, partitionCount: 12, backups: { sync: 1, async: 0 }, ...parts };
    const member: TestMember = Object.assign(state, {
      transport,
      membership: new ClusterMembership({ transport, coordinator, clock, ...common }),
    });
    playPrimary(member, () => this.moves);
    this.members.set(id, member);
    return member;
  }

  /** Adds members, one after the other. */
  async start(...ids: readonly string[]): Promise<TestMember[]> {
    const members = ids.map((id) => this.add(id));
    for (const { membership } of members) await this.done(membership.join());
    return members;
  }

  /** What a promise gives, while time goes on. */
  async done<T>(promise: Promise<T>, withinMs = 20_000): Promise<T> {
    let over = false;
    const end = (): void => void (over = true);
    promise.then(end, end);
    await this.time.until(() => over, withinMs);
    return promise;
  }

  /** The process ends. */
  crash({ id, membership }: TestMember): void {
    membership.stop();
    this.#network.kill(id);
    this.members.delete(id);
  }

  /** Members that think that they may serve a partition as its primary. */
  serving(partition: number): TestMember[] {
    return [...this.members.values()].filter(
      ({ id, membership, pausedUntil }) =>
        pausedUntil <= this.time.now && membership.mayServe() && membership.view.partitions[partition]?.primary === id,
    );
  }

  async whole(withinMs = 10_000): Promise<void> {
    await this.time.until(() => [...this.members.values()].every(({ membership }) => isWhole(membership)), withinMs);
    // The leader looks once more.
    await this.time.pass(500);
  }

  #reached(member: () => TestMember, clock: Clock): Coordinator {
    const { local, time } = this;
    const call = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      member().calls.push(name);
      member().onCall(name);
      await time.wait(0.2 + time.random());
      if (member().reach === 'down') throw new Error('the coordinator is out of reach');
      const answer = await run();
      await time.wait(0.2 + time.random());
      if (member().reach !== 'up') return new Promise(() => undefined);
      await clock.yield();
      return answer;
    };
    return {
      read: () => call('read', () => local.read()),
      propose: (expected, next, extras) => call('propose', () => local.propose(expected, next, extras)),
      renew: (self) => call('renew', () => local.renew(self)),
      watch: (listener) => local.watch((version) => this.hints && member().reach === 'up' && listener(version)),
      close: async () => undefined,
    };
  }
}

/** Learners come in step at once, and partitions are handed over when that is asked for. */
function playPrimary({ id, membership, transport }: TestMember, moves: () => boolean): void {
  membership.onView((view) => {
    if (!view.partitions.some(({ primary, learner }) => primary === id && learner !== undefined)) return;
    void membership.propose((newest, version) => ({
      ...newest,
      partitions: newest.partitions.map((replicas) => (replicas.primary === id ? adopted(replicas, version) : replicas)),
    }));
  });
  transport.handle('replication.handover', (_, asked) => {
    if (!moves()) return;
    const { partition, to } = asked as { readonly partition: number; readonly to: string };
    void membership.propose((view, version) => {
      const replicas = view.partitions[partition]!;
      if (replicas.primary !== id || !replicas.backups.includes(to)) return undefined;
      const backups = [...replicas.backups.filter((backup) => backup !== to), id];
      return { ...view, partitions: view.partitions.with(partition, { ...replicas, epoch: version, term: version, primary: to, backups }) };
    });
  });
}

function adopted(replicas: Replicas, version: number): Replicas {
  const { learner, backups } = replicas;
  return learner === undefined ? replicas : { ...replicas, epoch: version, backups: [...backups, learner], learner: undefined };
}

function isWhole({ view }: ClusterMembership): boolean {
  const holders = view.members.filter(({ lite, leaving }) => !lite && !leaving).map(({ id }) => id);
  const primaries = holders.map((id) => view.partitions.filter(({ primary }) => primary === id).length);
  return (
    view.partitions.length > 0 &&
    Math.max(...primaries) - Math.min(...primaries) <= 1 &&
    view.partitions.every(({ backups, learner }) => learner === undefined && backups.length === Math.min(1, holders.length - 1))
  );
}
