/**
 * A coordinator behind the simulated network: questions and answers are late and in no order (a pool of connections), lost, or the coordinator is out for
 * a while. What a member asked may then have been done or not, now or later.
 */
import type { Beats, ClusterView, Coordinator, ProposalExtras, Proposed, Snapshot } from '../../lib/api/coordinator.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import type { Chance } from './chance.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimProcess } from './sim-process.ts';
import type { Simulation } from './simulation.ts';

/** The coordinator's name on the network, for cuts. */
export const COORDINATOR: MemberId = 'S';

export class SimCoordinator {
  view: ClusterView = Object.freeze({ version: 0, members: [], partitions: [] });
  /** Of directed tests: extra milliseconds for a question, or its loss, on its way there or back. */
  tamper: ((process: SimProcess, what: string, way: 'there' | 'back') => number | 'lose' | undefined) | undefined;
  /** Told of each change that was stored. */
  onStored: ((view: ClusterView, before: ClusterView, extras: ProposalExtras) => void) | undefined;
  /** Whether an eviction may name no beat, and whether those it names count. A rule that mutation tests switch off. */
  readonly evictAfterLease: boolean;
  readonly #beats = new Map<MemberId, number>();
  readonly #simulation: Simulation;
  readonly #network: SimNetwork;
  readonly #chance: Chance;
  readonly #watchers = new Map<SimProcess, Set<(version: number) => void>>();
  #outUntil = 0;

  constructor(simulation: Simulation, network: SimNetwork, evictAfterLease = true) {
    this.#simulation = simulation;
    this.#network = network;
    this.#chance = simulation.chance.fork();
    this.evictAfterLease = evictAfterLease;
  }

  /** Answers nothing and hears nothing for a while; it forgets nothing. */
  out(ms: number): void {
    this.#outUntil = Math.max(this.#outUntil, this.#simulation.now + ms);
  }

  /** The coordinator as one process reaches it. */
  reachedFrom(process: SimProcess, timeoutMs: number): Coordinator {
    const ask = <T>(what: string, act: () => T): Promise<T> => this.#ask(process, timeoutMs, what, act);
    return {
      read: () => ask('read', () => this.#read()),
      propose: (expected, next, extras) =>
        ask(`propose ${expected + 1}`, () => this.#propose(process.id, expected, structuredClone(next), extras)),
      renew: (self) => ask('renew', () => this.#renew(self)),
      watch: (onVersion) => this.#watch(process, onVersion),
      close: () => Promise.resolve(),
    };
  }

  #read(): Snapshot {
    return { view: this.view, beats: new Map(this.#beats) };
  }

  #propose(by: MemberId, expected: number, next: ClusterView, extras: ProposalExtras = {}): Proposed {
    const before = this.view;
    const beaten = (extras.evict ?? []).some(({ id, beat }) => this.evictAfterLease && beat !== undefined && this.#beats.get(id) !== beat);
    if (expected !== before.version || beaten) return { stored: false, view: before };
    this.view = { ...next, version: expected + 1 };
    for (const { id } of extras.evict ?? []) this.#beats.delete(id);
    if (extras.leave !== undefined) this.#beats.delete(extras.leave);
    if (extras.join !== undefined) this.#beats.set(extras.join, 1);
    if (this.#simulation.traced) this.#simulation.note(`VIEW by ${by} ${spellView(this.view)}`);
    this.onStored?.(this.view, before, extras);
    for (const [process, listeners] of this.#watchers)
      if (this.#chance.happens(0.8))
        for (const listener of listeners)
          this.#carry(COORDINATOR, process.id, () => process.deliver('hint', () => listeners.has(listener) && listener(this.view.version)));
    return { stored: true, view: this.view };
  }

  #renew(self: MemberId): { readonly version: number; readonly beats: Beats } | undefined {
    const beat = this.#beats.get(self);
    if (beat === undefined) return undefined;
    this.#beats.set(self, beat + 1);
    return { version: this.view.version, beats: new Map(this.#beats) };
  }

  #watch(process: SimProcess, onVersion: (version: number) => void): () => void {
    const listeners = this.#watchers.get(process) ?? new Set();
    this.#watchers.set(process, listeners);
    listeners.add(onVersion);
    process.onEnd(() => this.#watchers.delete(process));
    return () => listeners.delete(onVersion);
  }

  #ask<T>(process: SimProcess, timeoutMs: number, what: string, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!process.alive) return;
      process.clock.after(timeoutMs, () => reject(new Error(`the coordinator did not answer: ${what}`)));
      const answered = (answer: T): void => process.deliver(`is answered: ${what}`, () => resolve(answer));
      const serve = (): void => {
        const answer = structuredClone(act());
        this.#carry(COORDINATOR, process.id, () => answered(answer), this.#simulation.now, this.tamper?.(process, what, 'back'));
      };
      this.#carry(process.id, COORDINATOR, serve, process.now, this.tamper?.(process, what, 'there'));
    });
  }

  #carry(from: MemberId, to: MemberId, arrive: () => void, time = this.#simulation.now, tampered: number | 'lose' = 0): void {
    if (!this.#passes(from, to) || tampered === 'lose') return;
    this.#simulation.at(time + tampered + this.#network.delay(from, to), `${from} > ${to}`, () => this.#passes(from, to) && arrive());
  }

  #passes(from: MemberId, to: MemberId): boolean {
    return this.#network.passes(from, to) && this.#simulation.now >= this.#outUntil;
  }
}

/** A view in a line: `epoch/term primary backups (learner)` by partition. */
export function spellView({ version, members, partitions }: ClusterView): string {
  const groups = partitions.map(({ epoch, term, primary, backups, asyncBackups, learner, losses }) =>
    [
      `${epoch}/${term}`,
      primary ?? '-',
      ...backups,
      ...asyncBackups.map((id) => `~${id}`),
      learner === undefined ? '' : `(${learner})`,
      losses === 0 ? '' : `lost ${losses}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
  const named = members.map(({ id, lite, leaving }) => `${id}${lite ? ' lite' : ''}${leaving ? ' leaving' : ''}`);
  return `v${version} [${named.join(', ')}] ${groups.join(' | ')}`;
}
