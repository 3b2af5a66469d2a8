/** A member's replication: primary of some partitions, replica of others. The protocol is described in docs/replication.md. */
import type { Clock } from '../base/clock.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Transport } from '../transport/transport.ts';
import { ALL_RULES } from './protocol-rules.ts';
import type { PartitionState, ProtocolRules, Replication, ServedCall } from './replication.ts';

export interface ReplicatorParts {
  readonly transport: Transport;
  readonly membership: Membership;
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Default: all on. */
  readonly rules?: ProtocolRules;
}

export class Replicator implements Replication {
  readonly #rules: ProtocolRules;

  /** To be made before the member joins: it follows the views of the membership from now on. */
  constructor(parts: ReplicatorParts) {
    this.#rules = parts.rules ?? ALL_RULES;
  }

  get generation(): number {
    return 0;
  }

  served(): readonly number[] {
    throw new Error('not built yet');
  }

  serves(_partition: number): boolean {
    throw new Error('not built yet');
  }

  owns(_partition: number): boolean {
    throw new Error('not built yet');
  }

  /** How many backups have everything that is committed: what `minSyncBackups` is compared with. */
  backupsOf(_partition: number): number {
    throw new Error('not built yet');
  }

  changes(_partition: number): number {
    throw new Error('not built yet');
  }

  serve<R>(_call: ServedCall, _run: () => R | Promise<R>): R | Promise<R> {
    throw new Error(`not built yet ${this.#rules.dedupe}`);
  }

  settled(_partitions: Iterable<number>): boolean | Promise<boolean> {
    throw new Error('not built yet');
  }

  hold(): () => void {
    throw new Error('not built yet');
  }

  evacuate(): Promise<void> {
    throw new Error('not built yet');
  }

  close(): Promise<void> {
    throw new Error('not built yet');
  }
}
