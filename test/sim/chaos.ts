/** What goes wrong in a simulated cluster, when: drawn from the seed, weighted by profile. */
import type { MemberId } from '../../lib/api/transport.ts';
import { COORDINATOR } from './sim-coordinator.ts';
import type { SimCluster } from './sim-cluster.ts';

export type FaultKind =
  | 'pause'
  | 'crash'
  | 'ruin'
  | 'loseCoordinator'
  | 'losePeer'
  | 'isolate'
  | 'cloister'
  | 'split'
  | 'oneWay'
  | 'mute'
  | 'slow'
  | 'outage'
  | 'breakLink'
  | 'move'
  | 'leave'
  | 'heal';

export type Weights = Readonly<Partial<Record<FaultKind, number>>>;

export const PROFILES = {
  mixed: {
    pause: 28,
    crash: 12,
    loseCoordinator: 12,
    losePeer: 12,
    isolate: 8,
    cloister: 8,
    split: 3,
    oneWay: 6,
    mute: 4,
    slow: 5,
    outage: 3,
    breakLink: 8,
    move: 10,
    leave: 3,
    heal: 8,
  },
  crash: { crash: 40, pause: 20, cloister: 10, losePeer: 12, breakLink: 8, loseCoordinator: 5, move: 5, heal: 10 },
  moves: { move: 60, losePeer: 8, breakLink: 8, pause: 8, loseCoordinator: 4, slow: 8, leave: 8, crash: 4, heal: 8 },
  outage: { outage: 50, pause: 8, crash: 4, heal: 20 },
  links: { breakLink: 40, losePeer: 20, oneWay: 20, slow: 10, move: 6, pause: 4, heal: 10 },
  ruin: { ruin: 20, crash: 20, pause: 25, isolate: 15, move: 8, heal: 10 },
  calm: { move: 20, leave: 4, slow: 2 },
  /** The coordinator is out again and again, for long. */
  dark: { outage: 1 },
  quiet: { heal: 1 },
  /** As in worker threads: links hold, and an end is known for certain. */
  threads: { crash: 20, pause: 10, slow: 5, move: 15, leave: 5 },
} satisfies Readonly<Record<string, Weights>>;

export type ProfileName = keyof typeof PROFILES;

export interface ChaosOptions {
  readonly weights: Weights;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Takes nobody away while somebody else could be lost with it: so that few partitions lose every replica. */
  readonly careful?: boolean;
  /** Nothing happens to those who only call. */
  readonly sparesCallers?: boolean;
  /** Asks for a planned move of something. */
  readonly move?: () => void;
}

/** Counts of what was done. */
export type FaultCounts = Partial<Record<FaultKind, number>>;

export function unleash(cluster: SimCluster, options: ChaosOptions): FaultCounts {
  const { simulation } = cluster;
  const counts: FaultCounts = {};
  const step = (): void => {
    if (simulation.now >= options.untilMs) return endOfTrouble(cluster);
    const kind = simulation.chance.weighted<FaultKind>(options.weights);
    if (befall(cluster, kind, options)) counts[kind] = (counts[kind] ?? 0) + 1;
    if (simulation.chance.happens(0.25))
      simulation.at(simulation.now + simulation.chance.between(0, cluster.leaseMs * 2), 'heals', () => cluster.network.heal());
    simulation.at(simulation.now + simulation.chance.between(50, 550), 'chaos', step);
  };
  simulation.at(options.fromMs, 'chaos', step);
  return counts;
}

/** Faults that may last longer than a lease. */
const AWAY: ReadonlySet<FaultKind> = new Set([
  'pause',
  'crash',
  'ruin',
  'loseCoordinator',
  'isolate',
  'cloister',
  'split',
  'mute',
  'oneWay',
]);

function endOfTrouble(cluster: SimCluster): void {
  cluster.simulation.note('the trouble ends');
  cluster.network.heal();
  for (const name of cluster.names(true)) cluster.start(name);
}

/** Whether it could be done. */
function befall(cluster: SimCluster, kind: FaultKind, { move, careful = false, sparesCallers = false }: ChaosOptions): boolean {
  const { simulation, network, coordinator, leaseMs } = cluster;
  const { chance } = simulation;
  const name = chance.pick(cluster.names(chance.happens(0.1) && !sparesCallers));
  const process = cluster.process(name);
  if (process === undefined) return false;
  const { id } = process;
  if (careful && AWAY.has(kind) && !cluster.mayLose(id)) return false;
  const all = cluster.ids();
  const how = chance.happens(0.5) ? 'lose' : 'stall';
  const cut = (from: readonly MemberId[], to: readonly MemberId[], both: boolean): void => {
    for (const one of from)
      for (const other of to) {
        network.cut(one, other, how);
        if (both) network.cut(other, one, how);
      }
  };
  simulation.note(`CHAOS ${kind} ${id} ${how}`);
  switch (kind) {
    case 'pause':
      process.pause(50 + chance.between(0, leaseMs * 3));
      return true;
    case 'crash':
      if (!cluster.mayLose(id)) return false;
      cluster.crash(name, 20 + chance.between(0, leaseMs * 3));
      return true;
    case 'ruin':
      cluster.crash(name, 20 + chance.between(0, leaseMs * 4));
      return true;
    case 'loseCoordinator':
      cut([id], [COORDINATOR], true);
      return true;
    case 'losePeer':
      cut([id], [chance.pick(all)], true);
      return true;
    case 'isolate':
      cut([id], [...all, COORDINATOR], true);
      return true;
    case 'cloister': {
      // Those who only call reach it still.
      const calling = cluster.names(true).filter((one) => !cluster.names().includes(one));
      const callers = new Set(calling.map((one) => cluster.process(one)?.id));
      cut([id], [...all.filter((one) => !callers.has(one)), COORDINATOR], true);
      return true;
    }
    case 'split': {
      const side = all.filter(() => chance.happens(0.5));
      const others = all.filter((one) => !side.includes(one));
      cut(side, [...others, ...(chance.happens(0.5) ? [COORDINATOR] : [])], true);
      return true;
    }
    case 'oneWay':
      cut([id], [chance.pick([...all, COORDINATOR])], false);
      return true;
    case 'mute':
      cut([COORDINATOR], [id], false);
      return true;
    case 'slow':
      network.slow(id, chance.between(50, 250));
      return true;
    case 'outage':
      coordinator.out(leaseMs * chance.between(0.5, 3));
      return true;
    case 'breakLink':
      for (let i = chance.whole(1, 3); i > 0; i--) network.breakLink(chance.pick(all), chance.pick(all));
      return true;
    case 'move':
      move?.();
      return move !== undefined;
    case 'leave':
      return leaves(cluster, name);
    case 'heal':
      network.heal();
      return true;
  }
}

function leaves(cluster: SimCluster, name: string): boolean {
  const inhabitant = cluster.inhabitant(name);
  const id = cluster.process(name)?.id;
  if (inhabitant?.leave === undefined || !cluster.maySpare(name)) return false;
  cluster.simulation.note(`${id} leaves`);
  cluster.leaves(name);
  void inhabitant.leave().then(
    () => cluster.crash(name, cluster.simulation.chance.between(10, 500), id),
    (error: unknown) => cluster.simulation.note(`${id} could not leave: ${String(error)}`),
  );
  return true;
}
