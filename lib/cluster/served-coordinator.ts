/** A coordinator that lives at one member, for the others: served by calls between members. For worker threads. */
import type { Beats, ClusterView, Coordinator, Proposed, ProposalExtras, Snapshot } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { RequestOptions, Transport } from '../transport/transport.ts';

type BeatsOnWire = readonly (readonly [MemberId, number])[];

/** By type of message: what is asked, and what is answered. */
interface Messages {
  'coordinator.read': { readonly asked: undefined; readonly answer: { readonly view: ClusterView; readonly beats: BeatsOnWire } };
  'coordinator.propose': {
    readonly asked: { readonly expected: number; readonly next: ClusterView; readonly extras: ProposalExtras | undefined };
    /** The view only when it is another one than was proposed. */
    readonly answer: { readonly refusedFor: ClusterView | undefined };
  };
  'coordinator.renew': {
    readonly asked: MemberId;
    readonly answer: { readonly version: number; readonly beats: BeatsOnWire } | undefined;
  };
  'coordinator.watch': { readonly asked: undefined; readonly answer: undefined };
}

/** Answers the other members' CoordinatorClients; the function that is returned ends the watching, as the transport's end does all else. */
export function serveCoordinator(transport: Transport, coordinator: Coordinator): () => void {
  const watching = new Set<MemberId>();
  const handle = <T extends keyof Messages>(
    type: T,
    answer: (asked: Messages[T]['asked'], from: MemberId) => Promise<Messages[T]['answer']>,
  ): void => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from CoordinatorClient, see Messages
    transport.handle(type, (from, asked) => answer(asked as Messages[T]['asked'], from));
  };
  handle('coordinator.read', async () => {
    const { view, beats } = await coordinator.read();
    return { view, beats: [...beats] };
  });
  handle('coordinator.propose', async ({ expected, next, extras }) => {
    const { stored, view } = await coordinator.propose(expected, next, extras);
    return { refusedFor: stored ? undefined : view };
  });
  handle('coordinator.renew', async (self) => {
    const renewed = await coordinator.renew(self);
    return renewed && { version: renewed.version, beats: [...renewed.beats] };
  });
  handle('coordinator.watch', async (_, from) => void watching.add(from));
  const ends = [
    transport.onDown((member) => void watching.delete(member)),
    coordinator.watch((version) => {
      for (const member of watching) transport.post(member, 'coordinator.version', version);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** The coordinator that the member `to` serves. At most one for each transport. */
export class CoordinatorClient implements Coordinator {
  readonly #transport: Transport;
  readonly #to: MemberId;
  readonly #options: RequestOptions;
  readonly #watching = new Set<(version: number) => void>();

  /** `timeoutMs`: how long an answer may take, after which the outcome is unknown. Default: as long as the link stays up. */
  constructor(transport: Transport, to: MemberId, timeoutMs?: number) {
    this.#transport = transport;
    this.#to = to;
    this.#options = timeoutMs === undefined ? {} : { timeoutMs };
    transport.handle('coordinator.version', (_, version) => {
      if (typeof version === 'number') for (const listener of this.#watching) listener(version);
    });
  }

  async read(): Promise<Snapshot> {
    const { view, beats } = await this.#ask('coordinator.read', undefined);
    return { view, beats: new Map(beats) };
  }

  async propose(expected: number, next: ClusterView, extras?: ProposalExtras): Promise<Proposed> {
    const { refusedFor } = await this.#ask('coordinator.propose', { expected, next, extras });
    return refusedFor === undefined ? { stored: true, view: { ...next, version: expected + 1 } } : { stored: false, view: refusedFor };
  }

  async renew(self: MemberId): Promise<{ readonly version: number; readonly beats: Beats } | undefined> {
    const renewed = await this.#ask('coordinator.renew', self);
    return renewed && { version: renewed.version, beats: new Map(renewed.beats) };
  }

  watch(onVersion: (version: number) => void): () => void {
    const listener = (version: number): void => onVersion(version);
    if (this.#watching.size === 0) this.#ask('coordinator.watch', undefined).catch(() => undefined); // A hint less.
    this.#watching.add(listener);
    return () => void this.#watching.delete(listener);
  }

  async close(): Promise<void> {
    this.#watching.clear();
  }

  async #ask<T extends keyof Messages>(type: T, asked: Messages[T]['asked']): Promise<Messages[T]['answer']> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from serveCoordinator, see Messages
    return (await this.#transport.request(this.#to, type, asked, this.#options)) as Messages[T]['answer'];
  }
}
