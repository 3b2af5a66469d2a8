/** What becomes of partitions whose members go, of their own will or not. */
import type { ClusterView, MemberInfo, Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';

/**
 * The view without these members. What they were primary of goes to the first backup that stays for long, else to any backup, else to an asynchronous
 * one; a partition that nobody has goes empty to who has the fewest, and its losses grow. `undefined`: none of them is a member.
 */
export function withoutMembers(view: ClusterView, gone: ReadonlySet<MemberId>, version: number): ClusterView | undefined {
  const members = view.members.filter(({ id }) => !gone.has(id));
  if (members.length === view.members.length) return undefined;
  const heirs = new Heirs(members, view.partitions);
  return { version, members, partitions: view.partitions.map((replicas) => without(replicas, gone, heirs, version)) };
}

/** The members that take partitions on, by how many they are primary of. */
export class Heirs {
  readonly #primaries = new Map<MemberId, number>();

  constructor(members: readonly MemberInfo[], partitions: readonly Replicas[]) {
    for (const { id, lite, leaving } of members) if (!lite && !leaving) this.#primaries.set(id, 0);
    for (const { primary } of partitions) if (primary !== undefined) this.#count(primary);
  }

  stays(id: MemberId): boolean {
    return this.#primaries.has(id);
  }

  /** Who has the fewest, and has one more then. */
  take(): MemberId | undefined {
    let best: MemberId | undefined;
    let least = Infinity;
    for (const [id, count] of this.#primaries) {
      if (count < least) {
        best = id;
        least = count;
      }
    }
    if (best !== undefined) this.#count(best);
    return best;
  }

  /** The first who stays, else the first. */
  first(candidates: readonly MemberId[]): MemberId | undefined {
    const heir = candidates.find((id) => this.stays(id)) ?? candidates[0];
    if (heir !== undefined) this.#count(heir);
    return heir;
  }

  #count(id: MemberId): void {
    const count = this.#primaries.get(id);
    if (count !== undefined) this.#primaries.set(id, count + 1);
  }
}

function without(replicas: Replicas, gone: ReadonlySet<MemberId>, heirs: Heirs, version: number): Replicas {
  const { primary, learner } = replicas;
  if (!involves(replicas, gone)) return replicas;
  const rest = {
    ...replicas,
    epoch: version,
    backups: replicas.backups.filter((id) => !gone.has(id)),
    asyncBackups: replicas.asyncBackups.filter((id) => !gone.has(id)),
    learner: learner !== undefined && gone.has(learner) ? undefined : learner,
  };
  return primary === undefined || !gone.has(primary) ? rest : inherited(rest, heirs, version);
}

function inherited(rest: Replicas, heirs: Heirs, version: number): Replicas {
  const heir = heirs.first(rest.backups) ?? heirs.first(rest.asyncBackups);
  if (heir === undefined) {
    const primary = heirs.take();
    return { ...rest, term: version, primary, learner: undefined, losses: rest.losses + 1 };
  }
  const others = (ids: readonly MemberId[]): readonly MemberId[] => ids.filter((id) => id !== heir);
  return {
    ...rest,
    term: version,
    primary: heir,
    backups: others(rest.backups),
    asyncBackups: others(rest.asyncBackups),
    learner: rest.learner === heir ? undefined : rest.learner,
  };
}

function involves({ primary, backups, asyncBackups, learner }: Replicas, gone: ReadonlySet<MemberId>): boolean {
  const has = (id: MemberId | undefined): boolean => id !== undefined && gone.has(id);
  return has(primary) || has(learner) || backups.some(has) || asyncBackups.some(has);
}
