/** A partition table that tests write themselves, and members' views of it: at once, later, or never. */
import type { ClusterView, Replicas } from '../../lib/api/coordinator.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import type { Membership, Outcome } from '../../lib/cluster/membership.ts';

type Change = (view: ClusterView, version: number) => ClusterView | undefined;

export class FakeTable {
  view: ClusterView;
  readonly #members: FakeMembership[] = [];

  /** One partition, that nobody holds. */
  constructor(members: readonly MemberId[]) {
    this.view = { version: 1, members: members.map((id) => ({ id, lite: id.startsWith('c'), leaving: false })), partitions: [] };
  }

  membership(self: MemberId, leaseMs = 1000): FakeMembership {
    const membership = new FakeMembership(self, this, leaseMs);
    this.#members.push(membership);
    return membership;
  }

  get group(): Replicas {
    return this.view.partitions[0]!;
  }

  /** Changes the group of partition 0; `term` follows the primary. */
  assign(change: Partial<Replicas>): void {
    const before = this.view.partitions[0];
    const epoch = this.view.version + 1;
    const empty = { term: epoch, primary: undefined, backups: [], asyncBackups: [], learner: undefined, losses: 0 };
    const after = { ...empty, ...before, ...change, epoch };
    if (before?.primary !== after.primary) after.term = epoch;
    this.store({ ...this.view, partitions: [after] });
  }

  store(view: ClusterView): void {
    this.view = { ...view, version: this.view.version + 1 };
    for (const member of this.#members) if (!member.isDeaf) member.tell();
  }

  remove(id: MemberId): void {
    this.store({ ...this.view, members: this.view.members.filter((member) => member.id !== id) });
  }
}

export class FakeMembership implements Membership {
  readonly self: MemberId;
  readonly leaseMs: number;
  readonly #table: FakeTable;
  readonly #listeners = new Set<(view: ClusterView, before: ClusterView) => void>();
  readonly #deposed = new AbortController();
  view: ClusterView;
  /** Hears of no views until it asks. */
  isDeaf = false;
  leaseHolds = true;
  /** Set: proposals come to nothing the sender knows of; called instead of storing them. */
  swallow: ((store: () => void) => void) | undefined;

  constructor(self: MemberId, table: FakeTable, leaseMs: number) {
    this.self = self;
    this.leaseMs = leaseMs;
    this.#table = table;
    this.view = table.view;
  }

  get deposed(): AbortSignal {
    return this.#deposed.signal;
  }

  mayServe(): boolean {
    return this.leaseHolds;
  }

  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    const before = this.view;
    if (this.#table.view.version <= before.version) return;
    this.view = this.#table.view;
    for (const listener of this.#listeners) listener(this.view, before);
  }

  refresh(): Promise<boolean> {
    if (!this.isDeaf) this.tell();
    return Promise.resolve(!this.isDeaf);
  }

  atLeast(version: number): Promise<boolean> {
    return version <= this.view.version ? Promise.resolve(true) : this.refresh();
  }

  propose(change: Change): Promise<Outcome> {
    const base = this.view;
    const next = change(base, base.version + 1);
    if (next === undefined) return Promise.resolve(false);
    const store = (): boolean => {
      const isFirst = this.#table.view.version === base.version;
      if (isFirst) this.#table.store(next);
      return isFirst;
    };
    if (this.swallow !== undefined) {
      this.swallow(store);
      return Promise.resolve(undefined);
    }
    const stored = store();
    if (!stored) this.tell();
    return Promise.resolve(stored);
  }
}
