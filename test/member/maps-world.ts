/** Members that hold maps, and the least of a replication between them: who is primary is said by the test, and a tick is a call. */
import type { ClusterView, MemberInfo } from '../../lib/api/coordinator.ts';
import type { MapOptions } from '../../lib/api/instance.ts';
import type { InstanceConfig } from '../../lib/config/instance-config.ts';
import { resolve } from '../../lib/config/resolve.ts';
import { KeyAddresses } from '../../lib/member/key-addresses.ts';
import { MapsState } from '../../lib/member/replicas/maps-state.ts';
import { Member } from '../../lib/member/member.ts';
import type { OpenMap } from '../../lib/member/open-map.ts';
import { runOnKey } from '../../lib/member/runner.ts';
import type { KeyAddress, KeyOperation, MapHome } from '../../lib/operations/home.ts';
import { NotServedError } from '../../lib/replication/replication.ts';
import { testClock, type TestClock } from '../kit/instance.ts';

export const PARTITIONS = 3;

/** Who holds a partition, and how far it is. */
interface Group {
  primary: MapsMember | undefined;
  replicas: MapsMember[];
  term: number;
  seq: number;
  isDirty: boolean;
}

export class MapsWorld {
  readonly members: MapsMember[] = [];
  readonly groups: readonly Group[];
  readonly maps: Readonly<Record<string, MapOptions>>;
  readonly addresses = new KeyAddresses(PARTITIONS, undefined);
  view: ClusterView = { version: 1, members: [], partitions: [] };

  constructor(maps: Readonly<Record<string, MapOptions>>) {
    this.maps = maps;
    this.groups = Array.from({ length: PARTITIONS }, () => ({ primary: undefined, replicas: [], term: 0, seq: 0, isDirty: false }));
  }

  /** `aheadMs`: what its clock is ahead by. */
  join(id: string, aheadMs = 0): MapsMember {
    const member = new MapsMember(this, id, aheadMs);
    this.members.push(member);
    this.#membersAre([...this.view.members, { id, lite: false, leaving: false }]);
    return member;
  }

  /** It is there no more; what it was primary of has none. */
  kill(member: MapsMember): void {
    this.members.splice(this.members.indexOf(member), 1);
    for (const group of this.groups) {
      if (group.primary === member) group.primary = undefined;
      group.replicas = group.replicas.filter((one) => one !== member);
    }
    member.state.close();
    this.#membersAre(this.view.members.filter(({ id }) => id !== member.id));
  }

  #membersAre(members: readonly MemberInfo[]): void {
    const before = this.view;
    this.view = { ...before, version: before.version + 1, members };
    for (const { viewed } of this.members) viewed?.(this.view, before);
  }

  advance(ms: number): void {
    for (const { clock } of this.members) clock.advance(ms);
  }

  /** What changed goes to the replicas, and is committed. */
  tick(): void {
    for (const [partition, group] of this.groups.entries()) {
      if (!group.isDirty) continue;
      group.isDirty = false;
      const change = group.primary!.state.collect(partition, ++group.seq);
      if (change !== undefined) for (const { state } of group.replicas) state.apply(partition, structuredClone(change));
      group.primary!.state.committed(partition, group.seq);
    }
  }

  async promote(partition: number, member: MapsMember, lost = false): Promise<void> {
    const group = this.groups[partition]!;
    this.tick();
    if (group.primary !== undefined) {
      const before = group.primary;
      before.state.freeze(partition, true);
      group.primary = undefined;
      before.state.demote(partition);
      group.replicas.push(before);
    }
    group.replicas = group.replicas.filter((one) => one !== member);
    group.primary = member;
    group.term = this.view.version;
    await member.state.promote(partition, group.term, lost);
  }

  /** Brings a member in step by a snapshot. */
  follow(partition: number, member: MapsMember): void {
    const group = this.groups[partition]!;
    this.tick();
    member.state.install(partition, structuredClone(group.primary!.state.snapshot(partition)));
    if (!group.replicas.includes(member)) group.replicas.push(member);
  }

  drop(partition: number, member: MapsMember): void {
    const group = this.groups[partition]!;
    group.replicas = group.replicas.filter((one) => one !== member);
    member.state.drop(partition);
  }
}

export class MapsMember {
  readonly id: string;
  readonly clock: TestClock;
  readonly config: InstanceConfig;
  readonly state: MapsState;
  readonly maps = new Map<string, Promise<OpenMap>>();
  viewed: ((view: ClusterView, before: ClusterView) => void) | undefined;
  holds = 0;
  mayServe = true;
  readonly deposed = new AbortController();
  readonly #world: MapsWorld;
  readonly #member: Member;

  constructor(world: MapsWorld, id: string, aheadMs: number) {
    this.#world = world;
    this.id = id;
    this.clock = testClock(1_000_000 + aheadMs);
    const { maps } = world;
    this.config = { ...resolve({ maps, partitionCount: PARTITIONS }), clock: this.clock };
    const owns = (partition: number): boolean => world.groups[partition]!.primary === this;
    this.state = new MapsState({
      config: this.config,
      membership: {
        get view() {
          return world.view;
        },
        onView: (listener) => {
          this.viewed = listener;
          return () => (this.viewed = undefined);
        },
        refresh: async () => true,
        mayServe: () => this.mayServe,
        deposed: this.deposed.signal,
      },
      replication: () => ({
        owns,
        settled: () => true,
        changes: (partition) => {
          if (!owns(partition)) throw new NotServedError(world.view.version);
          const group = world.groups[partition]!;
          if (group.replicas.length === 0) return 0;
          group.isDirty = true;
          return group.seq + 1;
        },
        hold: () => {
          this.holds++;
          return () => this.holds--;
        },
      }),
      openMap: (name) => this.open(name),
    });
    this.#member = new Member(this.config, this.state);
  }

  open(name: string): Promise<OpenMap> {
    const known = this.maps.get(name);
    if (known !== undefined) return known;
    const { maps } = this.config;
    const opened = this.#member.open(name, maps.get(name)!, this.#world.addresses);
    this.maps.set(name, opened);
    opened.catch(() => this.maps.delete(name));
    return opened;
  }

  async home(name: string): Promise<MapHome> {
    return (await this.open(name)).home;
  }
}

/** Runs a verb as the primary of its key would, without waiting for replicas. */
export async function call<A, R>(world: MapsWorld, name: string, operation: KeyOperation<A, R>, key: unknown, args: A): Promise<R> {
  const at = world.addresses.of(key);
  const home = await primaryOf(world, at).home(name);
  return runOnKey(home, operation, at, args);
}

export function primaryOf(world: MapsWorld, { partition }: Pick<KeyAddress, 'partition'>): MapsMember {
  return world.groups[partition]!.primary!;
}

/** The first member has everything, the others are replicas of it; their clocks differ. */
export async function worldOf(maps: MapsWorld['maps'], ids: readonly string[] = ['a', 'b']): Promise<MapsWorld> {
  const world = new MapsWorld(maps);
  for (const id of ids) world.join(id, id === 'a' ? 0 : 777_777);
  const [first, ...others] = world.members;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await world.promote(partition, first!, true);
    for (const member of others) world.follow(partition, member);
  }
  return world;
}

export async function moveAll(world: MapsWorld, to: MapsMember): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) await world.promote(partition, to);
}

/** What is due in this tick and a few more. */
export const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
};
