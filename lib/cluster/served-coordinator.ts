/** A coordinator that lives at one member, for the others: served by calls between members. For worker threads. */
import type { Beats, ClusterView, Coordinator, Proposed, ProposalExtras, Snapshot } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Transport } from '../transport/transport.ts';

/** Answers the other members' CoordinatorClients. */
export function serveCoordinator(_transport: Transport, _coordinator: Coordinator): void {
  throw new Error('soon');
}

/** The coordinator that `to` serves. */
export class CoordinatorClient implements Coordinator {
  constructor(_transport: Transport, _to: MemberId, _timeoutMs?: number) {
    throw new Error('soon');
  }

  read(): Promise<Snapshot> {
    throw new Error('soon');
  }

  propose(_expected: number, _next: ClusterView, _extras?: ProposalExtras): Promise<Proposed> {
    throw new Error('soon');
  }

  renew(_self: MemberId): Promise<{ readonly version: number; readonly beats: Beats } | undefined> {
    throw new Error('soon');
  }

  watch(_onVersion: (version: number) => void): () => void {
    throw new Error('soon');
  }

  close(): Promise<void> {
    throw new Error('soon');
  }
}
