/**
 * A member's part of a call on everything: run over the partitions that are served here, all the time and no others.
 *
 * Memory has the entries of the partitions this member is, or becomes, the primary of. If those are exactly the ones to be looked at, it is looked at
 * as a whole, as on a single member; else by partition. What has come or gone meanwhile makes the look worthless, and it is taken again: by
 * partition, and over those that are left. Planned moves wait for it, so that is rare.
 */
import type { Membership } from '../../cluster/membership.ts';
import type { MapHome, PartitionTest } from '../../operations/home.ts';
import { NotServedError, type Replication } from '../../replication/replication.ts';

export interface Covered<P> {
  readonly partitions: readonly number[];
  /** `undefined` when there are none. */
  readonly part: P | undefined;
}

export interface CoverParts {
  readonly replication: Pick<Replication, 'generation' | 'serves' | 'owns' | 'settled'>;
  readonly membership: Pick<Membership, 'view'>;
  /** Lets others go on. */
  readonly yield: () => Promise<void>;
}

/** Looks taken again before it is left to the caller to ask once more. */
const LOOKS_MAX = 8;

/** `look` is called with the partitions to look at; undefined: all that is there. */
export async function cover<P>(
  parts: CoverParts,
  home: MapHome,
  asked: readonly number[],
  look: (only: PartitionTest | undefined) => P | Promise<P>,
): Promise<Covered<P>> {
  const { replication, membership } = parts;
  let mayBeWhole = true;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const partitions = asked.filter((partition) => replication.serves(partition));
    if (partitions.length === 0) break;
    const { generation } = replication;
    const terms = partitions.map((partition) => membership.view.partitions[partition]?.term);
    const arrivals = home.share?.arrivals;
    const isWhole = mayBeWhole && ownedCount(parts) === partitions.length;
    try {
      const part = await look(isWhole ? undefined : testOf(partitions));
      const isSame = isWhole
        ? replication.generation === generation && home.share?.arrivals === arrivals
        : partitions.every((partition) => replication.serves(partition));
      const isStill = isSame && partitions.every((partition, i) => membership.view.partitions[partition]?.term === terms[i]);
      if (isStill && (await replication.settled(partitions))) return { partitions, part };
    } catch (error) {
      if (!(error instanceof NotServedError)) throw error;
    }
    mayBeWhole = false;
    await parts.yield();
  }
  return { partitions: [], part: undefined };
}

function ownedCount({ replication, membership }: CoverParts): number {
  let count = 0;
  for (let partition = 0; partition < membership.view.partitions.length; partition++) if (replication.owns(partition)) count++;
  return count;
}

export function testOf(partitions: readonly number[]): PartitionTest {
  const wanted = new Set(partitions);
  return (partition) => wanted.has(partition);
}
