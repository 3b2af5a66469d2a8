/** A member's part in queries over members: it answers what others ask, and itself, about the partitions it serves. */
import type { Membership } from '../cluster/membership.ts';
import type { InstanceConfig } from '../config/map-config.ts';
import type { Clock } from '../base/clock.ts';
import type { Replication } from '../replication/replication.ts';
import type { Transport } from '../transport/transport.ts';
import type { CallLines } from './call-lines.ts';
import type { OpenMap } from './open-map.ts';
import type { QueryMap } from './query-map.ts';

export interface QueryParts {
  readonly config: InstanceConfig;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly membership: Membership;
  readonly replication: Replication;
  readonly lines: CallLines;
  /** The map as this member holds it, opened if need be. Errors: as `getMap`. */
  readonly openMap: (name: string) => Promise<OpenMap>;
  readonly queryMap: (name: string) => QueryMap;
}

export class MemberQueries {
  readonly parts: QueryParts;

  /** Sets the handlers of `query.*`. */
  constructor(parts: QueryParts) {
    this.parts = parts;
  }

  /** Gives up what is under way. */
  close(): void {}
}
