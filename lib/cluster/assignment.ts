/**
 * What the leader does about who holds what, as a function of the view: the first table, and the next steps from any table to one that is whole and even.
 *
 * A move takes several steps, and only the view remembers them: a learner is set (here), it comes in step and becomes a backup (by the primary), it is
 * handed the partition if it should be its primary (asked for here, done by the primary), and the copy that is too many goes (here). So nothing is held
 * by fewer members during a move than before it, and a leader that takes over in the middle goes on with what it finds.
 */
import type { ClusterView, MemberInfo, Replicas } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { asyncTargets } from './async-targets.ts';
import { Heirs } from './departures.ts';
import { handovers, type Handover } from './handovers.ts';
import { inStep, replicaTargets, type Avoid } from './replica-targets.ts';

/** Copies of each partition beside its primary. */
export interface WantedBackups {
  readonly sync: number;
  readonly async: number;
}

export interface AssignmentParts {
  readonly wanted: WantedBackups;
  /** Default: nothing. */
  readonly avoid?: Avoid;
  /** Most partitions that are copied at once to one member, and from one. Default 8. */
  readonly copiesAtOnce?: number;
}

export interface Assignment {
  /** The view after the next step; `undefined`: no step can be taken now. */
  readonly view: ClusterView | undefined;
  /** What primaries are to be asked for. */
  readonly handovers: readonly Handover[];
  /** Nothing is under way, and there is nothing to do. */
  readonly settled: boolean;
}

const COPIES_AT_ONCE = 8;
/** Most moves that are planned at once only to make loads even: more come when these are over. */
const MOVES_MAX = 64;
const NEVER: Avoid = () => false;

/** The members that partitions may lie on. */
export function eligibleMembers(members: readonly MemberInfo[]): MemberId[] {
  return members.filter(({ lite, leaving }) => !lite && !leaving).map(({ id }) => id);
}

/** The first table: even, with all backups, which are in step because there is nothing yet. The view must have none, and some member for it. */
export function firstTable(view: ClusterView, count: number, wanted: WantedBackups, version: number): ClusterView {
  const eligible = eligibleMembers(view.members);
  const copies = Math.min(1 + wanted.sync, eligible.length);
  const bare = Array.from({ length: count }, (_, partition): Replicas => {
    const primary = eligible[partition % eligible.length];
    return { epoch: version, term: version, primary, backups: [], asyncBackups: [], learner: undefined, losses: 0 };
  });
  const filled = bare.map((replicas, partition) => ({ ...replicas, backups: spread(eligible, partition, copies - 1) }));
  const targets = replicaTargets({ partitions: filled, eligible, copies, avoid: NEVER, movesMax: count * copies });
  const partitions = filled.map((replicas, partition) => {
    const target = targets[partition] ?? [];
    const primary = replicas.primary !== undefined && target.includes(replicas.primary) ? replicas.primary : target[0];
    return { ...replicas, primary, backups: target.filter((id) => id !== primary) };
  });
  return { ...view, partitions: asyncTargets({ partitions, eligible, wanted: wanted.async, version }) };
}

/** Backups of a partition among members in a circle, so that those of one primary's partitions are spread over all others. */
function spread(eligible: readonly MemberId[], partition: number, count: number): MemberId[] {
  const others = eligible.length - 1;
  const round = Math.floor(partition / eligible.length);
  return Array.from({ length: count }, (_, backup) => eligible[(partition + 1 + ((round + backup) % others)) % eligible.length]!);
}

/** The next step from this view. */
export function assign(
  view: ClusterView,
  version: number,
  { wanted, avoid = NEVER, copiesAtOnce = COPIES_AT_ONCE }: AssignmentParts,
): Assignment {
  const eligible = eligibleMembers(view.members);
  if (eligible.length === 0 || view.partitions.length === 0) return { view: undefined, handovers: [], settled: true };
  const partitions = revived(view, version);
  const targets = replicaTargets({ partitions, eligible, copies: 1 + wanted.sync, avoid, movesMax: MOVES_MAX });
  const budget = new Budget(partitions, copiesAtOnce);
  const stepped = partitions.map((replicas, partition) =>
    nextStep(replicas, targets[partition] ?? [], { budget, version, copies: 1 + wanted.sync }),
  );
  const next = asyncTargets({ partitions: stepped, eligible, wanted: wanted.async, version });
  const whole = next.every((replicas, partition) => isWhole(replicas, targets[partition] ?? []));
  const asked = handovers({ partitions, eligible, targets, stepsMax: whole ? eligible.length : 1 });
  const changed = next.some((replicas, partition) => replicas !== view.partitions[partition]);
  return { view: changed ? { ...view, partitions: next } : undefined, handovers: asked, settled: whole && !changed && asked.length === 0 };
}

/** Partitions that nobody could hold when their last member went begin empty. */
function revived(view: ClusterView, version: number): readonly Replicas[] {
  if (view.partitions.every(({ primary }) => primary !== undefined)) return view.partitions;
  const heirs = new Heirs(view.members, view.partitions);
  return view.partitions.map((replicas) =>
    replicas.primary === undefined ? { ...replicas, epoch: version, term: version, primary: heirs.take() } : replicas,
  );
}

interface Stepping {
  readonly budget: Budget;
  readonly version: number;
  /** How many there should be of each partition. */
  readonly copies: number;
}

function nextStep(replicas: Replicas, target: readonly MemberId[], { budget, version, copies }: Stepping): Replicas {
  const present = inStep(replicas);
  const missing = target.filter((id) => !present.includes(id));
  const learner = wantedLearner(replicas, missing, budget);
  // What is too many goes when everybody is in step who is to stay. Where those are too few, who leaves keeps its copy to the end: the others may be dead.
  const backups = missing.length === 0 && target.length >= copies ? replicas.backups.filter((id) => target.includes(id)) : replicas.backups;
  if (learner === replicas.learner && backups.length === replicas.backups.length) return replicas;
  return { ...replicas, epoch: version, backups, learner, asyncBackups: replicas.asyncBackups.filter((id) => id !== learner) };
}

function wantedLearner({ primary, learner }: Replicas, missing: readonly MemberId[], budget: Budget): MemberId | undefined {
  if (learner !== undefined && missing.includes(learner)) return learner;
  const next = missing[0];
  return primary !== undefined && next !== undefined && budget.take(primary, next) ? next : undefined;
}

function isWhole(replicas: Replicas, target: readonly MemberId[]): boolean {
  const present = inStep(replicas);
  return replicas.learner === undefined && target.every((id) => present.includes(id));
}

/** How many partitions are being copied from and to each member. */
class Budget {
  readonly #atOnce: number;
  readonly #from = new Map<MemberId, number>();
  readonly #to = new Map<MemberId, number>();

  constructor(partitions: readonly Replicas[], atOnce: number) {
    this.#atOnce = atOnce;
    for (const { primary, learner } of partitions) if (primary !== undefined && learner !== undefined) this.#add(primary, learner);
  }

  take(from: MemberId, to: MemberId): boolean {
    if ((this.#from.get(from) ?? 0) >= this.#atOnce || (this.#to.get(to) ?? 0) >= this.#atOnce) return false;
    this.#add(from, to);
    return true;
  }

  #add(from: MemberId, to: MemberId): void {
    this.#from.set(from, (this.#from.get(from) ?? 0) + 1);
    this.#to.set(to, (this.#to.get(to) ?? 0) + 1);
  }
}
