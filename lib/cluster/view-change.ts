/** What one change of the view was, so that members tell each other changes instead of whole tables. */
import type { ClusterView, MemberInfo, Replicas } from '../api/coordinator.ts';

export interface ViewChange {
  /** Of the view that it makes; it fits only the one before. */
  readonly version: number;
  readonly members: readonly MemberInfo[];
  /** How many partitions there are then. */
  readonly count: number;
  /** Those that changed, with their numbers. */
  readonly partitions: readonly (readonly [partition: number, replicas: Replicas])[];
}

/** `after` is the version that follows `before`. Groups that changed are known by their epoch. */
export function changeOf(before: ClusterView, after: ClusterView): ViewChange {
  const partitions: [number, Replicas][] = [];
  for (const [partition, replicas] of after.partitions.entries()) {
    if (replicas.epoch === after.version || before.partitions.length === 0) partitions.push([partition, replicas]);
  }
  return { version: after.version, members: after.members, count: after.partitions.length, partitions };
}

/** The view after that change; `undefined` when the change belongs to another one. */
export function withChange(view: ClusterView, change: ViewChange): ClusterView | undefined {
  if (change.version !== view.version + 1) return undefined;
  if (change.partitions.length === 0) return { ...view, version: change.version, members: change.members };
  const partitions = view.partitions.slice(0, change.count);
  for (const [partition, replicas] of change.partitions) partitions[partition] = replicas;
  return { version: change.version, members: change.members, partitions };
}
