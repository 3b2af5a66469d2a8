/** Clusters for tests: several members in this process, with a network between them that can be cut. */
import type { Instance, InstanceOptions } from '../../lib/index.ts';
import { systemClock } from '../../lib/base/clock.ts';
import { LocalCoordinator } from '../../lib/cluster/local-coordinator.ts';
import { resolve } from '../../lib/config/resolve.ts';
import { clusterInstance } from '../../lib/map/cluster-instance.ts';
import { joinCluster, type ClusterMember } from '../../lib/member/cluster/cluster-member.ts';
import { InProcessNetwork } from '../../lib/transport/in-process-network.ts';

export interface TestClusterOptions extends Omit<InstanceOptions, 'cluster' | 'threads'> {
  /** Default 2: long enough for a busy machine, short enough to wait for. */
  readonly leaseSeconds?: number;
}

/** A member and its instance. */
export interface TestMember {
  readonly id: string;
  readonly member: ClusterMember;
  readonly instance: Instance;
}

export interface TestCluster extends AsyncDisposable {
  readonly network: InProcessNetwork;
  readonly coordinator: LocalCoordinator;
  /** Those that have not been killed. */
  readonly members: readonly TestMember[];
  /** Another one joins. */
  add(options?: { readonly lite?: boolean }): Promise<TestMember>;
  /** It leaves as it should. */
  leave(member: TestMember): Promise<void>;
  /** It ends without a word. */
  kill(member: TestMember): void;
}

/** `count` members that hold partitions, evenly from the beginning. Few partitions, so that everything is quick. */
export async function openCluster(count: number, { leaseSeconds = 2, ...options }: TestClusterOptions = {}): Promise<TestCluster> {
  const clock = options.clock ?? systemClock;
  const network = new InProcessNetwork(clock);
  const coordinator = new LocalCoordinator();
  const members: TestMember[] = [];
  let last = 0;
  const add = async ({ lite = false } = {}): Promise<TestMember> => {
    const config = resolve({ partitionCount: 31, ...options });
    const links = network.links(`m${++last}#1`);
    const joining = joinCluster({ config, clock, links, coordinator, lite, leaseMs: leaseSeconds * 1000, initialMembers: count });
    const instance = clusterInstance(config, joining);
    const one = { id: links.self, member: await joining, instance };
    members.push(one);
    return one;
  };
  await Promise.all(Array.from({ length: count }, () => add()));
  const leave = async (one: TestMember): Promise<void> => {
    members.splice(members.indexOf(one), 1);
    await one.instance.close();
  };
  const kill = (one: TestMember): void => {
    members.splice(members.indexOf(one), 1);
    one.member.stop();
    network.kill(one.id);
  };
  return {
    network,
    coordinator,
    members,
    add,
    leave,
    kill,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(members.map(({ instance }) => instance.close()));
    },
  };
}
