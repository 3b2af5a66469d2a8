/** One question about a simulated cluster of whole members: a map, those who use it, and what must be true of what they saw. */
import type { MapOptions } from '../../lib/api/instance.ts';
import type { MemberId } from '../../lib/api/transport.ts';
import type { IMap } from '../../lib/api/map.ts';
import type { Chance } from './chance.ts';
import type { SimDatabase } from './sim-database.ts';
import type { SimProcess } from './sim-process.ts';
import type { Simulation } from './simulation.ts';

/** The world, as an exam needs it. */
export interface ExamWorld {
  readonly simulation: Simulation;
  readonly chance: Chance;
  readonly database: SimDatabase;
  readonly leaseMs: number;
  /** Times at which some partition lost every replica. */
  readonly losses: readonly number[];
  /** No new calls from now on. */
  readonly isOver: boolean;
  /** Says what a call threw: whether it may have been done (`unknown`), was certainly not (`no`), or must never be thrown (a fault is noted). */
  outcome(error: unknown, what: string): 'unknown' | 'no';
}

/** Somebody who calls: a map as one instance has it. */
export interface User {
  readonly who: string;
  readonly process: SimProcess;
  readonly map: IMap<string, number>;
  readonly isLite: boolean;
}

export interface Exam {
  readonly mapName: string;
  /** The map's options as a process has them. */
  options(process: SimProcess): MapOptions;
  /** Sees each envelope when it is sent, and when it has been handled. */
  watch?(envelope: object, to: MemberId, when: 'sent' | 'handled'): void;
  /** Once, before any trouble. */
  prepare?(user: User): Promise<void>;
  /** One step of one user; called again and again, with pauses. */
  step(user: User): Promise<void>;
  /** When all is quiet and whole again, by one user. */
  finish?(user: User): Promise<void>;
  /** After everything: notes faults. */
  judge(): void;
}
