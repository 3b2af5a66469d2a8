/** An instance with `threads: n`: members in worker threads, and one in the application's thread that holds nothing and calls them. */
import type { Instance, InstanceOptions } from '../../api/instance.ts';
import { LocalCoordinator } from '../../cluster/local-coordinator.ts';
import { serveCoordinator } from '../../cluster/served-coordinator.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import { joinCluster, type ClusterMember } from '../../member/cluster/cluster-member.ts';
import { PortLinks } from '../../transport/port-links.ts';
import { clusterInstance } from '../cluster-instance.ts';
import { KeepsAlive } from './keeps-alive.ts';
import { refuseForThreads } from './thread-options.ts';
import { WorkerThreads } from './worker-threads.ts';

/** Of options that were resolved to `config`. Throws ConfigError for those that can't go to other threads. */
export function threadedInstance(config: InstanceConfig, options: InstanceOptions): Instance {
  refuseForThreads(options);
  const { clock, threads: count, name } = config;
  const links = new CountedLinks('application#1');
  let member: ClusterMember | undefined;
  const evict = (ended: string): void => {
    // What it sent before its end is heard first.
    void clock.yield().then(() => member?.membership.evict([ended]).catch(() => undefined)); // it fails only when this member ends too
  };
  const threads = new WorkerThreads({ name, options, clock, links, evict });
  const keepsAlive = new KeepsAlive(
    () => threads.idle(),
    () => links.calls,
  );
  const start = async (): Promise<ClusterMember> => {
    member = await joinCluster({
      config,
      links,
      coordinator(transport) {
        const coordinator = new LocalCoordinator();
        serveCoordinator(transport, coordinator);
        return coordinator;
      },
      clock,
      lite: true,
      leaseMs: Infinity,
      initialMembers: count,
    });
    try {
      await threads.start(count);
    } catch (error) {
      member.stop();
      links.close();
      throw error;
    }
    keepsAlive.begin();
    return member;
  };
  return clusterInstance(config, start(), async (timeoutMs) => {
    keepsAlive.end();
    await threads.close(timeoutMs);
  });
}

/** Counts how often a call was made while none was under way. */
class CountedLinks extends PortLinks {
  calls = 0;

  override waiting(some: boolean): void {
    if (some) this.calls++;
    super.waiting(some);
  }
}
