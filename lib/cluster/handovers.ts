/**
 * Which partitions should get another primary among those that are in step, so that no member has more than one above the mean (M47).
 *
 * With replicas spread evenly that can always be had without copying anything: if each partition gave an equal share of itself to all its replicas, loads
 * would be even, and such shares can be rounded to whole partitions.
 */
import type { Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { evenOut, type Step } from './even-out.ts';
import { inStep } from './replica-targets.ts';

/** The primary of a partition, `from`, is asked to give it to one of its backups. */
export type Handover = Step;

export interface HandoversParts {
  readonly partitions: readonly Replicas[];
  readonly eligible: readonly MemberId[];
  /** By partition: the members it should lie on. */
  readonly targets: readonly (readonly MemberId[])[];
  /** Longest path: 1 while copies are under way, which may make longer ones needless. */
  readonly stepsMax: number;
}

/** Each partition once at most. */
export function handovers(parts: HandoversParts): Handover[] {
  const primaries = new Primaries(parts);
  primaries.force();
  primaries.level();
  return primaries.made.sort((left, right) => left.partition - right.partition);
}

class Primaries {
  readonly #parts: HandoversParts;
  /** How many partitions each member is primary of, in the plan. */
  readonly #loads: Map<MemberId, number>;
  readonly #going = new Set<number>();
  readonly made: Handover[] = [];

  constructor(parts: HandoversParts) {
    this.#parts = parts;
    this.#loads = new Map(parts.eligible.map((id) => [id, 0]));
    for (const { primary } of parts.partitions) if (primary !== undefined) this.#count(primary, 1);
  }

  /** Primaries that leave go at once; others that are to hold their partition no more, as soon as everybody is in step who is to hold it. */
  force(): void {
    for (const [partition, replicas] of this.#parts.partitions.entries()) {
      const { primary } = replicas;
      const target = this.#parts.targets[partition] ?? [];
      if (primary === undefined || target.includes(primary)) continue;
      const present = inStep(replicas);
      if (this.#loads.has(primary) && !target.every((id) => present.includes(id))) continue;
      const [first, ...others] = this.#heirs(partition);
      if (first === undefined) continue;
      const to = others.reduce((best, id) => (this.#loadOf(id) < this.#loadOf(best) ? id : best), first);
      this.#make({ partition, from: primary, to });
    }
  }

  level(): void {
    const { stepsMax } = this.#parts;
    evenOut({ loads: this.#loads, steps: (from) => this.#steps(from), make: (step) => this.#make(step), stepsMax });
  }

  *#steps(from: ReadonlySet<MemberId>): Iterable<Step> {
    for (const [partition, { primary }] of this.#parts.partitions.entries()) {
      if (primary === undefined || !from.has(primary) || this.#going.has(partition)) continue;
      for (const to of this.#heirs(partition)) yield { partition, from: primary, to };
    }
  }

  #heirs(partition: number): readonly MemberId[] {
    const target = this.#parts.targets[partition] ?? [];
    return (this.#parts.partitions[partition]?.backups ?? []).filter((id) => target.includes(id));
  }

  #make(step: Step): void {
    this.#count(step.from, -1);
    this.#count(step.to, 1);
    this.#going.add(step.partition);
    this.made.push(step);
  }

  #count(id: MemberId, by: number): void {
    if (this.#loads.has(id)) this.#loads.set(id, this.#loadOf(id) + by);
  }

  #loadOf(id: MemberId): number {
    return this.#loads.get(id) ?? 0;
  }
}
