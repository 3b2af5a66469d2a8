/**
 * Which partitions should get another primary among those that are in step, so that no member has more than one above the mean (M47).
 *
 * Members are nodes; a partition is an edge from its primary to each backup that may take over. A path from a member to one with at least two fewer makes
 * both more even when each of its partitions goes one step along it; when there is no such path the distribution is the best that can be had without
 * copying (semi-matchings: Harvey, Ladner, Lovász, Tamir, 2003). With replicas spread evenly that is within one of the mean: if each partition gave an
 * equal share of itself to all its replicas, loads would be even, and such a flow can be rounded to whole partitions.
 */
import type { Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { inStep } from './replica-targets.ts';

/** The primary of a partition is asked to give it to one of its backups. */
export interface Handover {
  readonly partition: number;
  readonly from: MemberId;
  readonly to: MemberId;
}

export interface HandoversParts {
  readonly partitions: readonly Replicas[];
  readonly eligible: readonly MemberId[];
  /** By partition: the members it should lie on. */
  readonly targets: readonly (readonly MemberId[])[];
  /** Longest path: 1 while copies are under way, which may make longer ones needless. */
  readonly stepsMax: number;
}

export function handovers(parts: HandoversParts): Handover[] {
  const primaries = new Primaries(parts);
  primaries.forced();
  primaries.level();
  return primaries.handovers();
}

class Primaries {
  readonly #parts: HandoversParts;
  readonly #counts: Map<MemberId, number>;
  /** By partition, in the plan. */
  readonly #primary: (MemberId | undefined)[];
  /** Partitions that are to go already: each goes once in a plan. */
  readonly #going = new Set<number>();

  constructor(parts: HandoversParts) {
    this.#parts = parts;
    this.#counts = new Map(parts.eligible.map((id) => [id, 0]));
    this.#primary = parts.partitions.map(({ primary }) => primary);
    for (const id of this.#primary) this.#count(id, 1);
  }

  /** Primaries that leave go at once; others that are to hold their partition no more, as soon as everybody is in step who is to hold it. */
  forced(): void {
    for (const [partition, replicas] of this.#parts.partitions.entries()) {
      const { primary } = replicas;
      const target = this.#parts.targets[partition] ?? [];
      if (primary === undefined || target.includes(primary)) continue;
      const present = inStep(replicas);
      if (this.#counts.has(primary) && !target.every((id) => present.includes(id))) continue;
      const to = this.#heirs(partition).reduce<MemberId | undefined>(
        (best, id) => (best === undefined || this.#countOf(id) < this.#countOf(best) ? id : best),
        undefined,
      );
      if (to !== undefined) this.#give(partition, to);
    }
  }

  level(): void {
    for (;;) {
      const sources = [...this.#counts.keys()].sort((left, right) => this.#countOf(right) - this.#countOf(left));
      const path = sources.map((id) => this.#pathFrom(id)).find((found) => found !== undefined);
      if (path === undefined) return;
      for (const { partition, to } of path) this.#give(partition, to);
    }
  }

  handovers(): Handover[] {
    return [...this.#going]
      .sort((left, right) => left - right)
      .flatMap((partition) => {
        const from = this.#parts.partitions[partition]?.primary;
        const to = this.#primary[partition];
        return from === undefined || to === undefined ? [] : [{ partition, from, to }];
      });
  }

  /** The shortest path to the member with fewest among those that have two fewer at least. */
  #pathFrom(source: MemberId): Handover[] | undefined {
    const reached = new Map<MemberId, Handover | undefined>([[source, undefined]]);
    let edge: readonly MemberId[] = [source];
    let best: MemberId | undefined;
    for (let step = 0; step < this.#parts.stepsMax && edge.length > 0; step++) {
      const next: MemberId[] = [];
      for (const handover of this.#edges(new Set(edge))) {
        if (reached.has(handover.to)) continue;
        reached.set(handover.to, handover);
        next.push(handover.to);
      }
      for (const id of next) if (this.#countOf(id) <= this.#countOf(source) - 2 && this.#countOf(id) < this.#countOf(best)) best = id;
      if (best !== undefined) break;
      edge = next;
    }
    return best === undefined ? undefined : back(best, reached);
  }

  /** What the primaries among these could give to whom. */
  *#edges(from: ReadonlySet<MemberId>): Iterable<Handover> {
    for (const [partition, primary] of this.#primary.entries()) {
      if (primary === undefined || !from.has(primary) || this.#going.has(partition)) continue;
      for (const to of this.#heirs(partition)) yield { partition, from: primary, to };
    }
  }

  #heirs(partition: number): readonly MemberId[] {
    const target = this.#parts.targets[partition] ?? [];
    return (this.#parts.partitions[partition]?.backups ?? []).filter((id) => target.includes(id));
  }

  #give(partition: number, to: MemberId): void {
    this.#count(this.#primary[partition], -1);
    this.#count(to, 1);
    this.#primary[partition] = to;
    this.#going.add(partition);
  }

  #count(id: MemberId | undefined, by: number): void {
    const count = id === undefined ? undefined : this.#counts.get(id);
    if (id !== undefined && count !== undefined) this.#counts.set(id, count + by);
  }

  #countOf(id: MemberId | undefined): number {
    return id === undefined ? Infinity : (this.#counts.get(id) ?? Infinity);
  }
}

function back(to: MemberId, reached: ReadonlyMap<MemberId, Handover | undefined>): Handover[] {
  const path: Handover[] = [];
  for (let step = reached.get(to); step !== undefined; step = reached.get(step.from)) path.push(step);
  return path;
}
