/**
 * What each member tells of the cluster as it learns of it, through `node:diagnostics_channel`; costs nothing while nobody listens.
 *
 * `cobnut.members`: `{ self, version, event: 'joined' | 'left' | 'evicted', member }`; left are those that had said so before.
 * `cobnut.partitions`: `{ self, version, event: 'lost' | 'incomplete', partition, primary }`; incomplete: an asynchronous backup took over, which may
 * lack the latest changes.
 */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import { CHANNELS } from '../base/diagnostics.ts';

const { members: MEMBERS, partitions: PARTITIONS } = CHANNELS;

export function publishChanges(self: MemberId, view: ClusterView, before: ClusterView): void {
  if (MEMBERS.hasSubscribers) publishMembers(self, view, before);
  if (PARTITIONS.hasSubscribers) publishPartitions(self, view, before);
}

function publishMembers(self: MemberId, view: ClusterView, before: ClusterView): void {
  const { version } = view;
  const then = new Set(before.members.map(({ id }) => id));
  const now = new Set(view.members.map(({ id }) => id));
  for (const { id, leaving } of before.members)
    if (!now.has(id)) MEMBERS.publish({ self, version, event: leaving ? 'left' : 'evicted', member: id });
  for (const { id } of view.members) if (!then.has(id)) MEMBERS.publish({ self, version, event: 'joined', member: id });
}

function publishPartitions(self: MemberId, view: ClusterView, before: ClusterView): void {
  const { version } = view;
  for (const [partition, replicas] of view.partitions.entries()) {
    const then = before.partitions[partition];
    if (then === undefined || then.term === replicas.term) continue;
    const { primary } = replicas;
    const event =
      replicas.losses > then.losses ? 'lost' : primary !== undefined && then.asyncBackups.includes(primary) ? 'incomplete' : undefined;
    if (event !== undefined) PARTITIONS.publish({ self, version, event, partition, primary });
  }
}
