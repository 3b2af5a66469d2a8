/**
 * All replicated memory of a member (`PartitionState`): which maps it has, what of each partition it holds as a primary, and what as a replica.
 *
 * A primary's memory is that of the open maps: indexed records, locks, the queue of writes. A replica's is kept beside them, in the form in which it
 * came (`ReplicaMap`), for maps that may not even be open here. `promote` moves a partition from there to here, `demote` back.
 */
import type { MemberId } from '../api/transport.ts';
import type { Membership } from '../cluster/membership.ts';
import type { InstanceConfig, MapConfig } from '../config/map-config.ts';
import type { Slices } from '../indexes/attribute-set.ts';
import type { KeyAddress, MapShare } from '../operations/home.ts';
import type { PartitionState, Replication } from '../replication/replication.ts';
import type { OpenMap } from './open-map.ts';

export interface MapsStateParts {
  readonly config: InstanceConfig;
  readonly slices: Slices;
  readonly membership: Pick<Membership, 'self' | 'view' | 'onView'>;
  /** Asked for when first needed: replication is made of this state. */
  readonly replication: () => Pick<Replication, 'changes' | 'owns' | 'hold'>;
  /** The map as it is open on this member, opened if need be. A partition is promoted when its maps are open, however long that takes. */
  readonly openMap: (name: string) => Promise<OpenMap>;
}

/** What a replica has of a key. */
export interface ReplicaValue {
  /** As the map's form keeps it; `undefined`: there is no such entry. */
  readonly stored: unknown;
}

export class MapsState implements PartitionState {
  readonly #parts: MapsStateParts;

  constructor(parts: MapsStateParts) {
    this.#parts = parts;
  }

  /** The part of a map that is being opened here in the cluster. Called by `Member.open`. */
  shareOf(_name: string, _config: MapConfig): MapShare {
    throw new Error('not there yet');
  }

  /** The map was destroyed: nothing of it is kept, here or, once they are told the same, elsewhere. */
  forget(_name: string): void {}

  /** What this member's replica of the key's partition has (M51); `undefined` when it holds none. Nothing is counted. */
  readReplica(_mapName: string, _at: KeyAddress): ReplicaValue | undefined {
    return undefined;
  }

  /** Nothing changes any more, and no timer is left. */
  close(): void {}

  collect(_partition: number, _seq: number): unknown {
    return undefined;
  }

  committed(_partition: number, _seq: number): void {}

  apply(_partition: number, _change: unknown): void {}

  snapshot(_partition: number): readonly unknown[] {
    return [this.#parts.membership.self satisfies MemberId];
  }

  install(_partition: number, _pieces: readonly unknown[]): void {}

  promote(_partition: number, _term: number, _lost: boolean): void | Promise<void> {}

  demote(_partition: number): void {}

  drop(_partition: number): void {}
}
