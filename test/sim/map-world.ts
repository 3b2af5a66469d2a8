/**
 * One history of a simulated cluster of whole instances, as users make them: maps of several kinds, each an exam, callers on members and on lite members,
 * trouble for a while, then quiet. In the end each exam judges what was seen.
 */
import type { ClusterView } from '../../lib/api/coordinator.ts';
import type { IMap } from '../../lib/api/map.ts';
import { newInstance, type Instance } from '../../lib/index.ts';
import { Endpoint } from '../../lib/transport/endpoint.ts';
import { PROFILES, unleash, type FaultCounts, type ProfileName } from './chaos.ts';
import type { Exam, ExamWorld, User } from './exam.ts';
import { ExpiryExam } from './expiry-exam.ts';
import { NearExam } from './near-exam.ts';
import { QueryExam } from './query-exam.ts';
import { RegisterExam } from './register-exam.ts';
import { SimCluster, type Inhabitant, type Place } from './sim-cluster.ts';
import { spellView } from './sim-coordinator.ts';
import { SimDatabase } from './sim-database.ts';
import { SimProcess } from './sim-process.ts';

export interface MapWorldOptions {
  readonly profile?: ProfileName;
  readonly members?: number;
  readonly backups?: number;
  readonly troubleMs?: number;
  readonly drift?: number;
  readonly stallProbability?: number;
  readonly strikesPrimary?: number;
  /** See ChaosOptions. Default false. */
  readonly careful?: boolean;
  /** Names of maps to examine. Default all. */
  readonly exams?: readonly string[];
  readonly trace?: (line: string) => void;
}

export interface MapReport {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly hash: number;
  readonly events: number;
  readonly calls: number;
  readonly unknown: number;
  readonly queries: number;
  /** Of keys, in near caches. */
  readonly invalidations: number;
  readonly losses: number;
  readonly evictions: number;
  readonly moves: number;
  readonly chaos: FaultCounts;
}

const LEASE_MS = 400;
/** When trouble begins. */
const START_MS = 2000;
const CALLERS = 2;
const PARTITIONS = 7;
const SETTLE_MS = LEASE_MS * 15;
const UNKNOWN = new Set(['ERR_OUTCOME_UNKNOWN', 'ERR_INSTANCE_CLOSED', 'ERR_MAP_STORE', 'ERR_NOT_LOCK_OWNER']);
const NOT_DONE = new Set(['ERR_UNAVAILABLE', 'ERR_NOT_ENOUGH_BACKUPS']);

interface Resident extends Inhabitant {
  readonly instance: Instance;
}

export async function mapWorld(seed: number, options: MapWorldOptions = {}): Promise<MapReport> {
  return await new MapWorld(seed, options).run();
}

class MapWorld implements ExamWorld {
  readonly #seed: number;
  readonly #options: Required<Omit<MapWorldOptions, 'trace' | 'exams'>>;
  readonly #cluster: SimCluster<Resident>;
  readonly #exams: readonly Exam[];
  readonly #query: QueryExam;
  readonly #near: NearExam;
  readonly database: SimDatabase;
  readonly losses: number[] = [];
  readonly leaseMs = LEASE_MS;
  isOver = false;
  #calls = 0;
  #unknown = 0;
  #evictions = 0;
  #moves = 0;

  constructor(seed: number, options: MapWorldOptions) {
    this.#seed = seed;
    this.#options = {
      profile: 'mixed',
      members: 3,
      backups: 1,
      troubleMs: 5000,
      drift: 0.01,
      stallProbability: 0,
      strikesPrimary: 0,
      careful: false,
      ...options,
    };
    const { drift, stallProbability, troubleMs } = this.#options;
    const process = { drift, stallProbability, stallMaxMs: LEASE_MS * 2, stallsUntilMs: START_MS + troubleMs };
    this.#cluster = new SimCluster({ seed, leaseMs: LEASE_MS, process, trace: options.trace });
    this.database = new SimDatabase(this.#cluster.simulation);
    this.#query = new QueryExam(this);
    this.#near = new NearExam(this);
    const all: readonly Exam[] = [
      new RegisterExam(this, { mapName: 'plain', options: {} }),
      new RegisterExam(this, { mapName: 'indexed', keys: 2, options: { values: 'binary', indexes: [{ attribute: 'this' }] } }),
      new RegisterExam(this, { mapName: 'through', keys: 2, table: 'through', options: { mapStore: {} } }),
      new RegisterExam(this, {
        mapName: 'behind',
        keys: 2,
        table: 'behind',
        options: { mapStore: { writeDelaySeconds: 0.05 } },
      }),
      this.#query,
      this.#near,
      new ExpiryExam(this),
    ];
    this.#exams = all.filter(({ mapName }) => options.exams?.includes(mapName) ?? true);
  }

  get simulation(): ExamWorld['simulation'] {
    return this.#cluster.simulation;
  }

  get chance(): ExamWorld['chance'] {
    return this.#cluster.simulation.chance;
  }

  outcome(error: unknown, what: string): 'unknown' | 'no' {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (this.simulation.traced) this.simulation.note(`FAILS ${what}: ${String(error)}`);
    if (NOT_DONE.has(code)) return 'no';
    if (UNKNOWN.has(code)) this.#unknown++;
    else this.simulation.fault(`${what} threw ${error instanceof Error ? error.stack : String(error)}`);
    return 'unknown';
  }

  async run(): Promise<MapReport> {
    const cluster = this.#cluster;
    const { simulation } = cluster;
    const { profile, careful, troubleMs, members } = this.#options;
    cluster.coordinator.onStored = (view, before) => this.#watchView(view, before);
    for (let i = 0; i < members; i++) cluster.seat(`m${i}`, (place) => this.#newResident(place, false), { atMs: i * 20 });
    for (let i = 0; i < CALLERS; i++) cluster.seat(`c${i}`, (place) => this.#newResident(place, true), { lite: true, atMs: 300 });
    cluster.network.watch = (envelope, to, when) => this.#exams.forEach((exam) => exam.watch?.(envelope, to, when));
    const endMs = START_MS + troubleMs;
    const chaos = unleash(cluster, { weights: PROFILES[profile], careful, fromMs: START_MS, untilMs: endMs, move: this.#mover() });
    await simulation.run(endMs + SETTLE_MS);
    this.isOver = true;
    await simulation.run(endMs + SETTLE_MS + LEASE_MS * 5);
    this.#checkEnd();
    await this.#finish();
    for (const exam of this.#exams) exam.judge();
    const counts = {
      calls: this.#calls,
      unknown: this.#unknown,
      queries: this.#query.answered,
      invalidations: this.#near.invalidations,
      losses: this.losses.length,
    };
    const { faults, hash, events } = simulation;
    return { seed: this.#seed, faults, hash, events, ...counts, evictions: this.#evictions, moves: this.#moves, chaos };
  }

  #newResident(place: Place, lite: boolean): Resident {
    const { process, links, coordinator } = place;
    const backupCount = this.#options.backups;
    const maps = Object.fromEntries(this.#exams.map((exam) => [exam.mapName, { backupCount, ...exam.options(process) }]));
    const cluster = { links, coordinator, lite, leaseSeconds: LEASE_MS / 1000 };
    const instance = newInstance({
      clock: process.clock,
      partitionCount: PARTITIONS,
      callTimeoutSeconds: 2.5,
      maps: { ...maps, default: { backupCount } },
      cluster,
    });
    for (const exam of this.#exams) {
      const loops = lite ? 2 : place.name === 'm0' ? 1 : 0;
      for (let i = 0; i < loops; i++) void this.#use(place, instance, exam, `${place.id}/${i}`, lite);
    }
    return { instance, leave: () => instance.close() };
  }

  async #use({ process, name }: Place, instance: Instance, exam: Exam, who: string, isLite: boolean): Promise<void> {
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => process.clock.after(ms, resolve));
    let map: IMap<string, number> | undefined;
    let prepared = !(name === 'c0' && who === 'c0#1/0');
    while (!this.isOver) {
      await sleep(5 + process.clock.random() * 60);
      try {
        map ??= await instance.getMap<string, number>(exam.mapName);
      } catch (error) {
        if (this.outcome(error, `${who} getMap ${exam.mapName}`) === 'unknown' && isClosed(error)) return;
        continue;
      }
      const user: User = { who, process, map, isLite };
      if (!prepared) {
        prepared = true;
        await exam.prepare?.(user).catch((error: unknown) => this.outcome(error, `${who} prepares ${exam.mapName}`));
      }
      if (this.isOver) return;
      this.#calls++;
      await exam.step(user);
    }
  }

  /** Somebody in the network who asks primaries to hand partitions over, as a leader would. */
  #mover(): () => void {
    const { simulation, network, coordinator } = this.#cluster;
    const process = new SimProcess(simulation, 'mover');
    const endpoint = new Endpoint(network.links(process), process.clock);
    return () => {
      const partition = simulation.chance.whole(0, PARTITIONS - 1);
      const { primary, backups } = coordinator.view.partitions[partition] ?? { primary: undefined, backups: [] };
      if (primary === undefined || backups.length === 0) return;
      const to = simulation.chance.pick(backups);
      process.deliver('asks for a move', () => endpoint.post(primary, 'replication.handover', { partition, to }));
    };
  }

  #watchView(view: ClusterView, before: ClusterView): void {
    const { simulation } = this.#cluster;
    const present = new Set(view.members.map(({ id }) => id));
    for (const { id, leaving } of before.members) {
      if (present.has(id)) continue;
      this.#evictions += leaving ? 0 : 1;
      // It finds out by itself; some time later somebody starts it anew.
      const name = id.split('#')[0]!;
      if (!leaving)
        simulation.at(simulation.now + simulation.chance.between(100, 1500), `${id} is started anew`, () =>
          this.#cluster.crash(name, 30, id),
        );
    }
    for (const [partition, group] of view.partitions.entries()) {
      const old = before.partitions[partition];
      if (old === undefined) continue;
      if (group.losses > old.losses) this.losses.push(simulation.now);
      if (group.primary !== old.primary && old.primary !== undefined && present.has(old.primary)) this.#moves++;
    }
  }

  #checkEnd(): void {
    const { view } = this.#cluster.coordinator;
    const { backups, members } = this.#options;
    const { simulation } = this.#cluster;
    if (view.members.length !== members + CALLERS) simulation.fault(`not everybody is back: ${spellView(view)}`);
    const whole = Math.min(backups, members - 1);
    for (const [partition, { backups: has, learner }] of view.partitions.entries())
      if (has.length !== whole || learner !== undefined) simulation.fault(`partition ${partition} is not whole: ${spellView(view)}`);
  }

  async #finish(): Promise<void> {
    const { simulation } = this.#cluster;
    const resident = this.#cluster.inhabitant('c0');
    const process = this.#cluster.process('c0');
    if (resident === undefined || process === undefined) return simulation.fault('there is no caller in the end');
    let left = this.#exams.length;
    for (const exam of this.#exams) {
      const finish = async (): Promise<void> => {
        try {
          const map = await resident.instance.getMap<string, number>(exam.mapName);
          await exam.finish?.({ who: 'the end', process, map, isLite: true });
          left--;
        } catch (error) {
          simulation.fault(`the end of ${exam.mapName}: ${error instanceof Error ? error.stack : String(error)}`);
        }
      };
      process.deliver(`the end of ${exam.mapName}`, () => void finish());
    }
    await simulation.run(simulation.now + LEASE_MS * 12, () => left === 0);
    if (left > 0) simulation.fault('the end was not reached in time');
    await simulation.run(simulation.now + LEASE_MS);
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INSTANCE_CLOSED';
}
