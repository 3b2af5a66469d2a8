/** A member of a cluster: its part in membership and replication, the maps it holds, and the calls it makes and serves. */
import type { Coordinator } from '../api/coordinator.ts';
import type { Links, MemberId } from '../api/transport.ts';
import type { CloseOptions, LocalMapStats } from '../api/map.ts';
import type { Clock } from '../base/clock.ts';
import type { InstanceConfig, MapConfig } from '../config/map-config.ts';
import type { ValueForm } from '../data/value.ts';
import type { Membership } from '../cluster/membership.ts';
import type { ProtocolRules, Replication } from '../replication/replication.ts';
import type { Transport } from '../transport/transport.ts';
import type { KeyAddresses } from './key-addresses.ts';
import type { ClusterRoutes } from './cluster-routes.ts';

export interface ClusterParts {
  readonly config: InstanceConfig;
  readonly links: Links;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly lite: boolean;
  readonly leaseMs: number;
  /** The table of partitions is made when so many members that hold partitions have joined. Default 1. */
  readonly initialMembers?: number;
  /** For tests. Default: all. */
  readonly rules?: ProtocolRules;
}

/** A map as this member calls it, wherever its entries are. */
export interface MapAccess {
  readonly name: string;
  readonly config: MapConfig;
  readonly addresses: KeyAddresses;
  readonly form: ValueForm;
  readonly routes: ClusterRoutes;
  readonly stats: () => LocalMapStats;
  /** Closes the map on all members, and forgets what it had. */
  destroy(options?: CloseOptions): Promise<void>;
}

export interface LeaveOptions {
  /** Milliseconds; see `CloseOptions`. */
  readonly timeoutMs?: number;
  /** false: partitions are not given to others first, the whole cluster ends. Default true. */
  readonly evacuates?: boolean;
}

export interface ClusterMember {
  readonly id: MemberId;
  readonly config: InstanceConfig;
  readonly transport: Transport;
  readonly membership: Membership;
  readonly replication: Replication;
  /** The map of that name, ready to be called. Errors: as `Instance.getMap`. */
  map(name: string): Promise<MapAccess>;
  /** Gives what it holds to others, leaves the cluster and ends. Closing again is the same closing. */
  close(options?: LeaveOptions): Promise<void>;
}

/** Resolves when the member belongs to the cluster and knows who holds what. */
export async function joinCluster(parts: ClusterParts): Promise<ClusterMember> {
  throw new Error(`not yet: ${parts.links.self}`);
}
