/** A member that leaves: everything it is primary of goes to its backups, as they come. */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';
import type { Clock } from '../base/clock.ts';
import { pause } from '../base/pause.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Handovers } from './handovers.ts';
import type { PrimaryGroup } from './primary-group.ts';

const MOVES_AT_A_TIME = 8;
const LOOK_MS = 50;

/** Resolves when nothing is left; or nobody can take it, and all of it is here; or the signal is aborted. */
export async function evacuate(
  membership: Membership,
  clock: Clock,
  handovers: Handovers,
  groups: () => readonly PrimaryGroup[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && groups().length > 0 && someoneCanTake(membership.view, membership.self)) {
    const moves: Promise<boolean>[] = [];
    for (const group of groups()) {
      const to = successor(group, membership.view);
      if (to === undefined || handovers.isMoving(group)) continue;
      moves.push(handovers.move(group.partition, to));
      if (moves.length === MOVES_AT_A_TIME) break;
    }
    const moved = await Promise.all(moves);
    // Without backups that are in step it is the leader's turn: it gives the partitions new ones.
    if (!moved.includes(true)) await pause(clock, LOOK_MS, signal);
  }
  await Promise.allSettled(groups().map((group) => group.promoted()));
}

function someoneCanTake(view: ClusterView, self: MemberId): boolean {
  return view.members.some(({ id, lite, leaving }) => id !== self && !lite && !leaving);
}

/** The backup in step that is primary of the fewest partitions and stays. */
function successor(group: PrimaryGroup, view: ClusterView): MemberId | undefined {
  const staying = new Set(view.members.filter(({ leaving }) => !leaving).map(({ id }) => id));
  let best: MemberId | undefined;
  let fewest = Infinity;
  for (const [id, stream] of group.streams) {
    if (stream.role !== 'backup' || stream.phase !== 'following' || !staying.has(id)) continue;
    const load = view.partitions.reduce((sum, { primary }) => sum + (primary === id ? 1 : 0), 0);
    if (load >= fewest) continue;
    best = id;
    fewest = load;
  }
  return best;
}
