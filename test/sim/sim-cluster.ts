/** Named processes of a simulated world that start, end and start again under a new incarnation, with what is common to all of them. */
import type { Coordinator } from '../../lib/api/coordinator.ts';
import type { Links, MemberId } from '../../lib/api/transport.ts';
import { COORDINATOR, SimCoordinator } from './sim-coordinator.ts';
import { SimNetwork, type NetworkOptions } from './sim-network.ts';
import { SimProcess, type ProcessOptions } from './sim-process.ts';
import { Simulation } from './simulation.ts';

/** What runs in a process; started by the world. */
export interface Inhabitant {
  /** Leaves in good order; resolves when it has. */
  leave?(): Promise<void>;
}

/** What a process is given to live on. */
export interface Place {
  readonly name: string;
  readonly id: MemberId;
  readonly process: SimProcess;
  readonly links: Links;
  readonly coordinator: Coordinator;
  /** To be called when the cluster has evicted it: it ends, and a new incarnation begins some time later. */
  readonly evicted: () => void;
}

export interface ClusterOptions {
  readonly seed: number;
  readonly leaseMs: number;
  readonly network?: NetworkOptions;
  readonly process?: ProcessOptions;
  readonly trace?: ((line: string) => void) | undefined;
  /** Rules of the protocol that are the world's to keep. Default: kept. */
  readonly incarnation?: boolean;
  readonly evictAfterLease?: boolean;
}

interface Seat<I> {
  readonly start: (place: Place) => I;
  readonly lite: boolean;
  incarnation: number;
  process: SimProcess | undefined;
  inhabitant: I | undefined;
  isLeaving: boolean;
}

export class SimCluster<I extends Inhabitant = Inhabitant> {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly coordinator: SimCoordinator;
  readonly leaseMs: number;
  /** Told when a process has ended. */
  onCrash: ((id: MemberId) => void) | undefined;
  readonly #options: ClusterOptions;
  readonly #seats = new Map<string, Seat<I>>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.leaseMs = options.leaseMs;
    this.simulation = new Simulation(options.seed, options.trace);
    this.network = new SimNetwork(this.simulation, options.network);
    this.coordinator = new SimCoordinator(this.simulation, this.network, options.evictAfterLease);
  }

  /** Gives a name a process, from some time on. */
  seat(name: string, start: (place: Place) => I, { lite = false, atMs = 0 } = {}): void {
    this.#seats.set(name, { start, lite, incarnation: 0, process: undefined, inhabitant: undefined, isLeaving: false });
    this.simulation.at(atMs, `${name} begins`, () => this.start(name));
  }

  /** Names of those that hold data, or of all. */
  names(withLite = false): readonly string[] {
    return [...this.#seats].filter(([, { lite }]) => withLite || !lite).map(([name]) => name);
  }

  process(name: string): SimProcess | undefined {
    return this.#seats.get(name)?.process;
  }

  inhabitant(name: string): I | undefined {
    const seat = this.#seats.get(name);
    return seat?.process?.alive === true ? seat.inhabitant : undefined;
  }

  /** Ids of processes that run, or that pause. */
  ids(withLite = true): readonly MemberId[] {
    return this.names(withLite).flatMap((name) => (this.process(name)?.alive === true ? [this.process(name)!.id] : []));
  }

  /** Whether it runs and reaches the coordinator. */
  isHealthy(id: MemberId): boolean {
    if (!this.network.passes(id, COORDINATOR) || !this.network.passes(COORDINATOR, id)) return false;
    return this.names(true).some((name) => this.process(name)?.id === id && this.process(name)!.alive && !this.process(name)!.isPaused);
  }

  start(name: string): void {
    const seat = this.#seats.get(name)!;
    if (seat.process?.alive === true) return;
    seat.incarnation++;
    seat.isLeaving = false;
    const id = this.#options.incarnation === false ? name : `${name}#${seat.incarnation}`;
    const process = new SimProcess(this.simulation, id, this.#options.process);
    seat.process = process;
    const links = this.network.links(process);
    const coordinator = this.coordinator.reachedFrom(process, this.leaseMs / 2);
    const evicted = (): void => {
      this.simulation.note(`${id} was evicted`);
      this.crash(name, 50, id);
    };
    this.simulation.note(`${id} begins`);
    // In an event of its own: a stall at its first look at the clock must delay it alone.
    process.deliver('begins', () => (seat.inhabitant = seat.start({ name, id, process, links, coordinator, evicted })));
  }

  /** Ends a process at once, if it still is this incarnation; `restartMs` later the next begins. */
  crash(name: string, restartMs: number | undefined, id = this.process(name)?.id): void {
    const seat = this.#seats.get(name)!;
    if (seat.process === undefined || seat.process.id !== id || !seat.process.alive) return;
    this.simulation.note(`${id} ends`);
    seat.process.crash();
    this.onCrash?.(seat.process.id);
    if (restartMs !== undefined) this.simulation.at(this.simulation.now + restartMs, `${name} begins anew`, () => this.start(name));
  }

  leaves(name: string): void {
    this.#seats.get(name)!.isLeaving = true;
  }

  /** Whether somebody else who holds data stays. */
  maySpare(name: string): boolean {
    return this.names().some((other) => other !== name && this.process(other)?.alive === true && !this.#seats.get(other)!.isLeaving);
  }

  /** Whether each partition that this member holds has another replica whose process runs. */
  mayLose(id: MemberId): boolean {
    return this.coordinator.view.partitions.every(({ primary, backups }) => {
      const replicas = [primary, ...backups];
      return !replicas.includes(id) || replicas.some((other) => other !== undefined && other !== id && this.isHealthy(other));
    });
  }
}
