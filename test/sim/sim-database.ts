/** A database that all members of a simulated cluster share: rows by table, some way off, at times out of order or out of service. */
import type { MapStore } from '../../lib/api/map-store.ts';
import type { SimProcess } from './sim-process.ts';
import type { Simulation } from './simulation.ts';

export class SimDatabase {
  readonly #simulation: Simulation;
  readonly #tables = new Map<string, Map<string, number>>();
  #outUntil = 0;
  writes = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  table(name: string): Map<string, number> {
    let rows = this.#tables.get(name);
    if (rows === undefined) this.#tables.set(name, (rows = new Map()));
    return rows;
  }

  /** Refuses everything for a while. */
  out(ms: number): void {
    this.#outUntil = this.#simulation.now + ms;
  }

  /** A store as one process has it: a connection with answers in order. */
  storeFor(process: SimProcess, tableName: string): MapStore<string, number> {
    const rows = this.table(tableName);
    const ask = <T>(what: string, act: () => T): Promise<T> => this.#ask(process, `${tableName} ${what}`, act);
    return {
      load: (key) => ask(`load ${key}`, () => rows.get(key)),
      loadAll: (keys) =>
        ask('loadAll', () => new Map(keys.flatMap((key): [string, number][] => (rows.has(key) ? [[key, rows.get(key)!]] : [])))),
      loadAllKeys: () => ask('loadAllKeys', () => [...rows.keys()]),
      store: (key, value) => ask(`store ${key} ${value}`, () => this.#write(rows, key, value)),
      storeAll: (entries) =>
        ask(`storeAll ${[...entries].join(' ')}`, () => entries.forEach((value, key) => this.#write(rows, key, value))),
      delete: (key) => ask(`delete ${key}`, () => this.#write(rows, key, undefined)),
      deleteAll: (keys) => ask(`deleteAll ${keys.join(' ')}`, () => keys.forEach((key) => this.#write(rows, key, undefined))),
    };
  }

  #write(rows: Map<string, number>, key: string, value: number | undefined): void {
    this.writes++;
    if (value === undefined) rows.delete(key);
    else rows.set(key, value);
  }

  #ask<T>(process: SimProcess, what: string, act: () => T): Promise<T> {
    const { chance } = this.#simulation;
    return new Promise((resolve, reject) => {
      this.#simulation.at(process.now + 0.2 + chance.around(0.6), `database: ${what}`, () => {
        if (!process.alive) return; // its connection broke
        const isOut = this.#simulation.now < this.#outUntil;
        if (this.#simulation.traced) this.#simulation.note(`DATABASE for ${process.id}: ${what}${isOut ? ' refused' : ''}`);
        const answer = isOut ? undefined : act();
        const back = this.#simulation.now + 0.2 + chance.around(0.4);
        process.deliver(
          'is answered by the database',
          () => (isOut ? reject(new Error('the database is out of service')) : resolve(answer as T)),
          false,
          back,
        );
      });
    });
  }
}
