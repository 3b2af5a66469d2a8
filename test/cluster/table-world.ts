/** A table whose leader is the plan under test, and whose primaries do at once, in part, what they are asked for. */
import type { ClusterView, Replicas } from '../../lib/api/coordinator.ts';
import { assign, firstTable, type Assignment, type WantedBackups } from '../../lib/cluster/assignment.ts';
import { withoutMembers } from '../../lib/cluster/departures.ts';
import { EMPTY_VIEW } from '../../lib/cluster/local-coordinator.ts';

export class TableWorld {
  readonly wanted: WantedBackups;
  readonly #chance: () => number;
  view: ClusterView = EMPTY_VIEW;
  /** Learners that became backups: data was copied so often. */
  copies = 0;
  handovers = 0;
  /** Most learners that any member was sending to, or receiving, at once. */
  copiesAtOnce = 0;

  constructor(names: readonly string[], count: number, wanted: WantedBackups, chance: () => number = () => 0) {
    this.wanted = wanted;
    this.#chance = chance;
    for (const name of names) this.join(name);
    if (names.length > 0) this.begin(count);
  }

  begin(count: number): void {
    this.#store((view, version) => firstTable(view, count, this.wanted, version));
  }

  join(id: string, lite = false): void {
    this.#store((view) => ({ ...view, members: [...view.members, { id, lite, leaving: false }] }));
  }

  announce(leaver: string): void {
    this.#store((view) => ({
      ...view,
      members: view.members.map((member) => (member.id === leaver ? { ...member, leaving: true } : member)),
    }));
  }

  remove(...gone: readonly string[]): void {
    this.#store((view, version) => withoutMembers(view, new Set(gone), version));
  }

  /** One look of the leader; whether it found everything in place. */
  round(): boolean {
    let plan: Assignment | undefined;
    this.#store((view, version) => {
      plan = assign(view, version, { wanted: this.wanted });
      return plan.view;
    });
    this.#countCopies();
    for (const { partition, from, to } of plan?.handovers ?? []) if (this.#chance() < 0.5) this.#handOver(partition, from, to);
    this.#store((view, version) => ({
      ...view,
      partitions: view.partitions.map((replicas) => (this.#chance() < 0.5 ? this.#adopted(replicas, version) : replicas)),
    }));
    return plan?.settled ?? true;
  }

  /** How many looks it took. */
  settle(roundsMax = 2000): number {
    for (let rounds = 1; rounds <= roundsMax; rounds++) if (this.round()) return rounds;
    throw new Error(`not settled after ${roundsMax} looks`);
  }

  /** By member that may hold partitions: how many `count` says of it. */
  loads(count: (replicas: Replicas, member: string) => boolean): number[] {
    return this.view.members
      .filter(({ lite, leaving }) => !lite && !leaving)
      .map(({ id }) => this.view.partitions.filter((replicas) => count(replicas, id)).length);
  }

  #adopted(replicas: Replicas, version: number): Replicas {
    const { learner } = replicas;
    if (learner === undefined) return replicas;
    this.copies++;
    return { ...replicas, epoch: version, backups: [...replicas.backups, learner], learner: undefined };
  }

  #handOver(partition: number, from: string, to: string): void {
    this.#store((view, version) => {
      const replicas = view.partitions[partition]!;
      if (replicas.primary !== from || !replicas.backups.includes(to)) return undefined;
      this.handovers++;
      const backups = [...replicas.backups.filter((id) => id !== to), from];
      return { ...view, partitions: view.partitions.with(partition, { ...replicas, epoch: version, term: version, primary: to, backups }) };
    });
  }

  #countCopies(): void {
    const learning = this.view.partitions.filter(({ learner }) => learner !== undefined);
    for (const side of [learning.map(({ primary }) => primary), learning.map(({ learner }) => learner)])
      for (const { id } of this.view.members) this.copiesAtOnce = Math.max(this.copiesAtOnce, side.filter((other) => other === id).length);
  }

  #store(change: (view: ClusterView, version: number) => ClusterView | undefined): void {
    const version = this.view.version + 1;
    const next = change(this.view, version);
    if (next !== undefined) this.view = { ...next, version };
  }
}

export const isPrimary = (replicas: Replicas, member: string): boolean => replicas.primary === member;
export const isReplica = (replicas: Replicas, member: string): boolean => replicas.primary === member || replicas.backups.includes(member);
export const isAsync = (replicas: Replicas, member: string): boolean => replicas.asyncBackups.includes(member);

export function range(loads: readonly number[]): number {
  return loads.length === 0 ? 0 : Math.max(...loads) - Math.min(...loads);
}
