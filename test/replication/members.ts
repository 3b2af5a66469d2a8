/** Replicators of one partition about a memory of texts, over links that lose what a test wants lost, in virtual time. */
import type { Links, MemberId } from '../../lib/api/transport.ts';
import type { ProtocolRules } from '../../lib/replication/replication.ts';
import { NotServedError, type CallId, type PartitionState } from '../../lib/replication/replication.ts';
import { ALL_RULES } from '../../lib/replication/protocol-rules.ts';
import { Replicator } from '../../lib/replication/replicator.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { envelopeOf, messagesIn, type Message } from '../../lib/transport/envelope.ts';
import { VirtualTime } from '../cluster/virtual-time.ts';
import { type FakeMembership, FakeTable } from './fake-table.ts';

type Change = readonly (readonly [string, string | undefined])[];

/** One partition's memory; `log` has what it was told. */
export class Texts implements PartitionState {
  values = new Map<string, string>();
  readonly log: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #pending = new Map<string, number>();
  /** Promotions take so long that a test ends them. */
  promotion: Promise<void> | undefined;

  set(key: string, value: string | undefined, batch: number): void {
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    if (batch === 0) return;
    this.#dirty.add(key);
    this.#pending.set(key, batch);
  }

  pendingOf(key: string): number {
    return this.#pending.get(key) ?? 0;
  }

  collect(_partition: number, seq: number): Change {
    this.log.push(`collect ${seq}`);
    const change = [...this.#dirty].map((key) => [key, this.values.get(key)] as const);
    this.#dirty.clear();
    return change;
  }

  committed(_partition: number, seq: number): void {
    for (const [key, batch] of this.#pending) if (batch <= seq) this.#pending.delete(key);
  }

  apply(_partition: number, change: unknown): void {
    this.log.push('apply');
    for (const [key, value] of change as Change) this.set(key, value, 0);
  }

  snapshot(): readonly unknown[] {
    this.log.push('snapshot');
    return [...this.values].map((entry) => [entry]).concat([[]]);
  }

  install(_partition: number, pieces: readonly unknown[]): void {
    this.log.push('install');
    this.values = new Map((pieces as [string, string][][]).flat());
  }

  promote(_partition: number, term: number, lost: boolean): void | Promise<void> {
    this.log.push(`promote ${term}${lost ? ' lost' : ''}`);
    return this.promotion;
  }

  demote(): void {
    this.log.push('demote');
    this.#dirty.clear();
    this.#pending.clear();
  }

  drop(): void {
    this.log.push('drop');
    this.values.clear();
  }

  freeze(_partition: number, frozen: boolean): void {
    this.log.push(frozen ? 'freeze' : 'thaw');
  }
}

export interface Member {
  readonly membership: FakeMembership;
  readonly replicator: Replicator;
  readonly texts: Texts;
}

/** Kinds of messages, as they are lost: of streams `offer`, `piece`, `batch`; of answers `ack`, `position`, `stale`. */
export type Lose = (kind: string, from: MemberId, to: MemberId) => boolean;

export class Members {
  readonly time = new VirtualTime(7);
  readonly table: FakeTable;
  readonly #members = new Map<MemberId, Member>();
  readonly #receivers = new Map<MemberId, (from: MemberId, envelope: unknown) => void>();
  readonly #downs = new Map<MemberId, (member: MemberId) => void>();
  readonly #rules: ProtocolRules;
  /** Kinds of all messages that were sent. */
  readonly sent: string[] = [];
  lose: Lose = () => false;

  constructor(ids: readonly MemberId[], leaseMs = 1000, rules: Partial<ProtocolRules> = {}) {
    this.table = new FakeTable([...ids, 'c1', 'c2']);
    this.#rules = { ...ALL_RULES, ...rules };
    for (const id of ids) {
      const clock = this.time.clock();
      const membership = this.table.membership(id, leaseMs);
      const texts = new Texts();
      const transport = new Endpoint(this.#links(id), clock);
      const replicator = new Replicator({ transport, membership, state: texts, clock, rules: this.#rules });
      this.#members.set(id, { membership, replicator, texts });
    }
  }

  of(id: MemberId): Member {
    return this.#members.get(id)!;
  }

  /** Lets everything that is under way arrive, and timers run. */
  async pass(ms = 20): Promise<void> {
    await this.time.pass(ms);
  }

  breakLink(one: MemberId, other: MemberId): void {
    this.#downs.get(one)!(other);
    this.#downs.get(other)!(one);
  }

  /** Writes a text as a call; `id` left out: as one that is not known again. */
  put(on: MemberId, key: string, value: string, id?: Partial<CallId>): Promise<string | undefined> {
    const { texts, replicator } = this.of(on);
    return this.call(on, key, id, () => {
      const batch = replicator.changes(0);
      const old = texts.values.get(key);
      texts.set(key, value, batch);
      return old;
    });
  }

  get(on: MemberId, key: string): Promise<string | undefined> {
    return this.call(on, key, undefined, () => this.of(on).texts.values.get(key));
  }

  /** A call under the term that its member knows, unless `term` says otherwise. */
  call<R>(
    on: MemberId,
    key: string,
    id: Partial<CallId> | undefined,
    run: () => R | Promise<R>,
    term: number = this.of(on).membership.view.partitions[0]!.term,
  ): Promise<R> {
    const answer = this.#call(on, key, id, run, term);
    // Tests look when they like.
    answer.catch(() => undefined);
    return answer;
  }

  async #call<R>(on: MemberId, key: string, id: Partial<CallId> | undefined, run: () => R | Promise<R>, term: number): Promise<R> {
    const { texts, replicator } = this.of(on);
    const full = id === undefined ? undefined : { caller: 'c1', number: 1, doneBelow: 0, ...id };
    return replicator.serve({ partition: 0, term, id: full, pending: () => texts.pendingOf(key) }, run);
  }

  #links(self: MemberId): Links {
    return {
      self,
      send: (to, envelope) => {
        const messages = messagesIn(structuredClone(envelope) as unknown[]).map(([kind, type, body, rest]): Message => {
          const { items } = body as { items?: [string][] };
          const arriving = items?.filter(([item]) => {
            this.sent.push(`${item} ${self}>${to}`);
            return !this.lose(item, self, to);
          });
          return [kind, type, arriving === undefined ? body : { ...(body as object), items: arriving }, rest];
        });
        this.time.at(this.time.now + 1, () => this.#receivers.get(to)?.(self, envelopeOf(messages)));
      },
      onEnvelope: (receive) => void this.#receivers.set(self, receive),
      onDown: (listener) => void this.#downs.set(self, listener),
      close: () => undefined,
    };
  }
}

/** Whether a promise is settled by now, and how. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  const text = promise.then(
    (value) => `answers ${String(value)}`,
    (error: unknown) => (error instanceof NotServedError ? 'not served' : `fails: ${String(error)}`),
  );
  return Promise.race([text, Promise.resolve().then(() => Promise.resolve().then(() => Promise.resolve().then(() => 'waits')))]);
}
