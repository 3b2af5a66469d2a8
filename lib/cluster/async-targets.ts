/** Asynchronous backups: set at once, since nobody waits for them; evenly, on members that do not hold the partition otherwise. */
import type { Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';

export interface AsyncTargetsParts {
  readonly partitions: readonly Replicas[];
  readonly eligible: readonly MemberId[];
  readonly wanted: number;
  readonly version: number;
}

/** The partitions with the asynchronous backups they should have; those that have them already stay the same objects. */
export function asyncTargets({ partitions, eligible, wanted, version }: AsyncTargetsParts): readonly Replicas[] {
  if (wanted === 0 && partitions.every(({ asyncBackups }) => asyncBackups.length === 0)) return partitions;
  const loads = new Map(eligible.map((id) => [id, 0]));
  const loadOf = (id: MemberId): number => loads.get(id) ?? 0;
  const count = (id: MemberId, by: number): void => void loads.set(id, loadOf(id) + by);
  const free = ({ primary, backups, learner }: Replicas): MemberId[] =>
    eligible.filter((id) => id !== primary && id !== learner && !backups.includes(id));

  const sets = partitions.map((replicas) => {
    const allowed = free(replicas);
    return replicas.asyncBackups.filter((id) => allowed.includes(id)).slice(0, wanted);
  });
  for (const set of sets) for (const id of set) count(id, 1);
  for (const [partition, set] of sets.entries()) {
    const allowed = free(partitions[partition]!);
    while (set.length < Math.min(wanted, allowed.length)) {
      const id = allowed
        .filter((candidate) => !set.includes(candidate))
        .reduce((least, other) => (loadOf(other) < loadOf(least) ? other : least));
      set.push(id);
      count(id, 1);
    }
  }
  for (const [partition, set] of sets.entries()) {
    for (const [at, from] of set.entries()) {
      const to = free(partitions[partition]!).find((id) => !set.includes(id) && loadOf(id) + 2 <= loadOf(from));
      if (to === undefined) continue;
      set[at] = to;
      count(from, -1);
      count(to, 1);
    }
  }
  return partitions.map((replicas, partition) => {
    const set = sets[partition] ?? [];
    return same(set, replicas.asyncBackups) ? replicas : { ...replicas, epoch: version, asyncBackups: set };
  });
}

function same(left: readonly MemberId[], right: readonly MemberId[]): boolean {
  return left.length === right.length && left.every((id, at) => id === right[at]);
}
