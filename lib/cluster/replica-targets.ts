/**
 * On which members each partition should lie, whoever of them is its primary: as many as wanted, on different members, evenly, and moving as little as
 * possible.
 *
 * The present holders stay unless there are too many of them, they leave, or somebody holds at least two partitions more than somebody else. Where
 * something must go, it goes from who holds most; where something is missing, it goes to who holds least. What is being copied counts as held, so a plan
 * that is made anew in the middle of its own execution comes out the same; and as each move makes the sum of squares of all loads smaller, it ends.
 */
import type { Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { evenOut, type Step } from './even-out.ts';

/** Whether a copy on that member has just failed: others are tried first. */
export type Avoid = (partition: number, member: MemberId) => boolean;

export interface TargetsParts {
  readonly partitions: readonly Replicas[];
  /** The members that partitions may lie on, in order of joining. */
  readonly eligible: readonly MemberId[];
  /** How many of them hold each partition: its primary, and backups in step. */
  readonly copies: number;
  readonly avoid: Avoid;
  /** Most partitions that are moved only to make loads even; what is missing is not limited. */
  readonly movesMax: number;
}

/** In step: they have everything that is committed. */
export function inStep({ primary, backups }: Replicas): MemberId[] {
  return primary === undefined ? [...backups] : [primary, ...backups];
}

/** By partition: the members it should lie on. Empty while no member may hold any. */
export function replicaTargets(parts: TargetsParts): readonly (readonly MemberId[])[] {
  const targets = new Targets(parts);
  targets.trim();
  targets.fill();
  targets.level();
  return targets.sets;
}

class Targets {
  readonly #parts: TargetsParts;
  readonly #copies: number;
  /** How many partitions each member holds, in the plan. */
  readonly #loads: Map<MemberId, number>;
  readonly #primaries: Map<MemberId, number>;
  /** How many partitions of one primary each other member holds: a failure's work is then shared by all. */
  readonly #pairs = new Map<string, number>();
  readonly sets: MemberId[][];

  constructor(parts: TargetsParts) {
    this.#parts = parts;
    this.#copies = Math.min(parts.copies, parts.eligible.length);
    this.#loads = new Map(parts.eligible.map((id) => [id, 0]));
    this.#primaries = new Map(parts.eligible.map((id) => [id, 0]));
    this.sets = parts.partitions.map((replicas) => holders(replicas).filter((id) => this.#loads.has(id)));
    for (const [partition, set] of this.sets.entries()) {
      this.#countPrimary(parts.partitions[partition]?.primary, 1);
      for (const id of set) this.#count(partition, id, 1);
    }
  }

  trim(): void {
    const dropped = this.sets.map((): MemberId[] => []);
    for (const [partition, set] of this.sets.entries()) {
      while (set.length > this.#copies) {
        const id = this.#mostLoaded(partition, set);
        this.#drop(partition, id);
        dropped[partition]!.push(id);
      }
    }
    const instead = ({ partition, from, to }: Step): void => {
      this.#drop(partition, from);
      this.#add(partition, to);
      dropped[partition]!.splice(dropped[partition]!.indexOf(to), 1, from);
    };
    evenOut({ loads: this.#loads, steps: (from) => this.#insteadOf(from, dropped), make: instead });
  }

  /** Who could go instead of those who were chosen to. */
  *#insteadOf(members: ReadonlySet<MemberId>, dropped: readonly (readonly MemberId[])[]): Iterable<Step> {
    for (const [partition, others] of dropped.entries()) {
      for (const from of others.length === 0 ? [] : (this.sets[partition] ?? []))
        if (members.has(from)) for (const to of others) yield { partition, from, to };
    }
  }

  fill(): void {
    for (const [partition, set] of this.sets.entries()) {
      while (set.length < this.#copies) {
        const id = this.#leastLoaded(partition, set);
        if (id === undefined) break;
        this.#add(partition, id);
      }
    }
  }

  level(): void {
    for (let moves = 0; moves < this.#parts.movesMax; moves++) if (!this.#moveOne()) return;
  }

  /** From who holds most to who holds least, if that makes them more even and some partition can go. */
  #moveOne(): boolean {
    const byLoad = [...this.#loads].sort(([, left], [, right]) => right - left);
    for (const [from, most] of byLoad) {
      for (const [to, least] of byLoad.toReversed()) {
        if (most - least < 2) break;
        const partition = this.#movable(from, to);
        if (partition === undefined) continue;
        this.#drop(partition, from);
        this.#add(partition, to);
        if (this.#parts.partitions[partition]?.primary === from) {
          this.#countPrimary(from, -1);
          this.#countPrimary(to, 1);
        }
        return true;
      }
    }
    return false;
  }

  /** The partition that goes most easily: nothing else is happening to it, and it takes being primary along where that is uneven too. */
  #movable(from: MemberId, to: MemberId): number | undefined {
    const primaryToo = this.#primariesOf(from) > this.#primariesOf(to) + 1;
    let best: number | undefined;
    let bestCost = Infinity;
    for (const [partition, set] of this.sets.entries()) {
      const replicas = this.#parts.partitions[partition];
      if (replicas === undefined || !set.includes(from) || set.includes(to) || !settled(replicas, set) || this.#parts.avoid(partition, to))
        continue;
      const cost = (replicas.primary === from) === primaryToo ? this.#pairOf(partition, to) : 1e6 + this.#pairOf(partition, to);
      if (cost < bestCost) {
        best = partition;
        bestCost = cost;
      }
    }
    return best;
  }

  /** Among equals a backup goes rather than what is being copied, and that rather than the primary. */
  #mostLoaded(partition: number, set: readonly MemberId[]): MemberId {
    const { primary, learner } = this.#parts.partitions[partition]!;
    const weight = (id: MemberId): number => this.#loadOf(id) + (id === primary ? 0 : id === learner ? 0.25 : 0.5);
    return set.reduce((most, id) => (weight(id) > weight(most) ? id : most));
  }

  #leastLoaded(partition: number, set: readonly MemberId[]): MemberId | undefined {
    let best: MemberId | undefined;
    let bestWeight = Infinity;
    for (const id of this.#parts.eligible) {
      if (set.includes(id)) continue;
      const weight = this.#loadOf(id) + this.#pairOf(partition, id) / 1e6 + (this.#parts.avoid(partition, id) ? 1e9 : 0);
      if (weight < bestWeight) {
        best = id;
        bestWeight = weight;
      }
    }
    return best;
  }

  #add(partition: number, id: MemberId): void {
    this.sets[partition]?.push(id);
    this.#count(partition, id, 1);
  }

  #drop(partition: number, id: MemberId): void {
    const set = this.sets[partition];
    set?.splice(set.indexOf(id), 1);
    this.#count(partition, id, -1);
  }

  #count(partition: number, id: MemberId, by: number): void {
    this.#loads.set(id, this.#loadOf(id) + by);
    const pair = this.#pair(partition, id);
    this.#pairs.set(pair, (this.#pairs.get(pair) ?? 0) + by);
  }

  #countPrimary(id: MemberId | undefined, by: number): void {
    const count = id === undefined ? undefined : this.#primaries.get(id);
    if (id !== undefined && count !== undefined) this.#primaries.set(id, count + by);
  }

  #loadOf(id: MemberId): number {
    return this.#loads.get(id) ?? 0;
  }

  #primariesOf(id: MemberId): number {
    return this.#primaries.get(id) ?? 0;
  }

  #pairOf(partition: number, id: MemberId): number {
    return this.#pairs.get(this.#pair(partition, id)) ?? 0;
  }

  #pair(partition: number, id: MemberId): string {
    return `${this.#parts.partitions[partition]?.primary ?? ''}\n${id}`;
  }
}

function holders(replicas: Replicas): MemberId[] {
  return replicas.learner === undefined ? inStep(replicas) : [...inStep(replicas), replicas.learner];
}

/** Whether those who should hold it are those who do. */
function settled(replicas: Replicas, target: readonly MemberId[]): boolean {
  const present = inStep(replicas);
  return replicas.learner === undefined && present.length === target.length && target.every((id) => present.includes(id));
}
