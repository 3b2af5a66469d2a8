/** What a member of a cluster is made of, below the calls it makes and serves. */
import type { Coordinator } from '../../api/coordinator.ts';
import type { Links } from '../../api/transport.ts';
import type { Clock } from '../../base/clock.ts';
import { ClusterMembership } from '../../cluster/cluster-membership.ts';
import type { InstanceConfig } from '../../config/instance-config.ts';
import { Invalidations } from '../../near-cache/invalidations.ts';
import { ALL_RULES } from '../../replication/protocol-rules.ts';
import type { ProtocolRules } from '../../replication/replication.ts';
import { Replicator } from '../../replication/replicator.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import type { Transport } from '../../transport/transport.ts';
import { Catalog } from './catalog.ts';
import { MapsState } from '../replicas/maps-state.ts';
import { Member } from '../member.ts';

export interface ClusterParts {
  readonly config: InstanceConfig;
  readonly links: Links;
  /** Or made of the member's transport, before the member joins: where one member serves it to the others. */
  readonly coordinator: Coordinator | ((transport: Transport) => Coordinator);
  readonly clock: Clock;
  readonly lite: boolean;
  readonly leaseMs: number;
  /** The table of partitions is made when so many members that hold partitions have joined. Default 1. */
  readonly initialMembers?: number;
  /** For tests. Default: all. */
  readonly rules?: ProtocolRules;
}

export interface MemberGround {
  readonly transport: Transport;
  readonly membership: ClusterMembership;
  readonly state: MapsState;
  /** The maps' memory. */
  readonly memory: Member;
  readonly catalog: Catalog;
  readonly replication: Replicator;
  readonly invalidations: Invalidations;
}

/** Nothing is sent before the member joins. */
export function memberGround(parts: ClusterParts): MemberGround {
  const { config, links, coordinator, clock, lite, leaseMs, initialMembers, rules = ALL_RULES } = parts;
  const transport = new Endpoint(links, clock);
  const membership = new ClusterMembership({
    transport,
    coordinator: typeof coordinator === 'function' ? coordinator(transport) : coordinator,
    clock,
    leaseMs,
    partitionCount: config.partitionCount,
    backups: wantedBackups(config),
    lite,
    ...(initialMembers !== undefined && { initialMembers }),
    rules,
  });
  const invalidations = new Invalidations({ transport, membership });
  const state = new MapsState({
    config,
    membership,
    replication: () => replication,
    openMap: (name) => catalog.open(name),
    invalidated: (name) => invalidations.map(name).told,
  });
  const memory = new Member(config, state);
  const catalog = new Catalog(config, memory);
  const replication = new Replicator({ transport, membership, state, clock, rules });
  return { transport, membership, state, memory, catalog, replication, invalidations };
}

/** As many copies of each partition as the map has that wants most. */
function wantedBackups({ maps }: InstanceConfig): { readonly sync: number; readonly async: number } {
  const configs = maps.get('default') === undefined ? maps.all : maps.all.slice(0, -1);
  return {
    sync: Math.max(...configs.map(({ backupCount }) => backupCount)),
    async: Math.max(...configs.map(({ asyncBackupCount }) => asyncBackupCount)),
  };
}
