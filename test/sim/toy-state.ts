/** The smallest memory that can be replicated: numbers by key and partition. It holds the replicator to its contract. */
import type { Clock } from '../../lib/base/clock.ts';
import type { PartitionState } from '../../lib/replication/replication.ts';

type Change = readonly (readonly [key: string, value: number | null])[];

interface Part {
  role: 'primary' | 'promoting' | 'replica';
  values: Map<string, number>;
  readonly dirty: Map<string, number>;
  readonly pending: Map<string, number>;
}

export class ToyState implements PartitionState {
  readonly #parts = new Map<number, Part>();
  readonly #clock: Clock;
  readonly #promotionMaxMs: number;
  readonly #fault: (text: string) => void;

  constructor(clock: Clock, promotionMaxMs: number, fault: (text: string) => void) {
    this.#clock = clock;
    this.#promotionMaxMs = promotionMaxMs;
    this.#fault = fault;
  }

  read(partition: number, key: string): number | null {
    const part = this.#parts.get(partition);
    if (part?.role !== 'primary') this.#fault(`partition ${partition} is read while ${part?.role}`);
    return part?.values.get(key) ?? null;
  }

  /** `batch`: as Replication.changes gave it, before. */
  write(partition: number, key: string, value: number | null, batch: number): void {
    const part = this.#parts.get(partition);
    if (part?.role !== 'primary') return this.#fault(`partition ${partition} is written while ${part?.role}`);
    if (value === null) part.values.delete(key);
    else part.values.set(key, value);
    if (batch === 0) return;
    part.dirty.set(key, batch);
    part.pending.set(key, batch);
  }

  pendingOf(partition: number, key: string): number {
    return this.#parts.get(partition)?.pending.get(key) ?? 0;
  }

  collect(partition: number, seq: number): Change | undefined {
    const part = this.#parts.get(partition);
    if (part?.role !== 'primary') {
      this.#fault(`partition ${partition} is collected while ${part?.role}`);
      return undefined;
    }
    if (part.dirty.size === 0) return undefined;
    const change = [...part.dirty].map(([key, batch]): readonly [string, number | null] => {
      if (batch !== seq) this.#fault(`partition ${partition}: said to be in batch ${batch}, goes out with ${seq}`);
      return [key, part.values.get(key) ?? null];
    });
    part.dirty.clear();
    return change;
  }

  committed(partition: number, seq: number): void {
    const pending = this.#parts.get(partition)?.pending;
    if (pending === undefined) return;
    for (const [key, batch] of pending) if (batch <= seq) pending.delete(key);
  }

  apply(partition: number, change: unknown): void {
    // A replica that begins together with its partition is equal without having been told anything.
    let part = this.#parts.get(partition);
    if (part === undefined) this.#parts.set(partition, (part = newPart('replica', new Map())));
    if (part.role !== 'replica') return this.#fault(`partition ${partition}: a batch is applied while ${part.role}`);
    for (const [key, value] of change as Change) {
      if (value === null) part.values.delete(key);
      else part.values.set(key, value);
    }
  }

  snapshot(partition: number): readonly unknown[] {
    const part = this.#parts.get(partition);
    if (part?.role !== 'primary') this.#fault(`a snapshot of partition ${partition} is taken while ${part?.role}`);
    if (part !== undefined && part.dirty.size > 0)
      this.#fault(`a snapshot of partition ${partition} is taken before its changes were collected`);
    const values = [...(part?.values ?? [])];
    const half = values.length >> 1;
    return [values.slice(0, half), values.slice(half)];
  }

  install(partition: number, pieces: readonly unknown[]): void {
    const part = this.#parts.get(partition);
    if (part !== undefined && part.role !== 'replica') this.#fault(`partition ${partition} is installed while ${part.role}`);
    this.#parts.set(partition, newPart('replica', new Map((pieces as Change[]).flat() as [string, number][])));
  }

  promote(partition: number, _term: number, lost: boolean): void | Promise<void> {
    const before = this.#parts.get(partition);
    if (before?.role === 'primary' || before?.role === 'promoting') this.#fault(`partition ${partition} is promoted while ${before.role}`);
    if (lost && before !== undefined && before.values.size > 0) this.#fault(`partition ${partition} is called lost, and is here`);
    const part = newPart('promoting', lost ? new Map() : (before?.values ?? new Map<string, number>()));
    this.#parts.set(partition, part);
    if (this.#clock.random() < 0.5) {
      part.role = 'primary';
      return undefined;
    }
    return new Promise((resolve) => {
      this.#clock.after(this.#clock.random() * this.#promotionMaxMs, () => {
        if (this.#parts.get(partition) === part && part.role === 'promoting') part.role = 'primary';
        resolve();
      });
    });
  }

  demote(partition: number): void {
    const part = this.#parts.get(partition);
    if (part === undefined || part.role === 'replica') this.#fault(`partition ${partition} is demoted while ${part?.role ?? 'nothing'}`);
    this.#parts.set(partition, newPart('replica', part?.values ?? new Map()));
  }

  drop(partition: number): void {
    this.#parts.delete(partition);
  }

  /** What a replica or a primary holds, to compare them in the end. */
  contents(partition: number): string {
    const values = this.#parts.get(partition)?.values;
    return values === undefined ? 'nothing' : JSON.stringify([...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function newPart(role: Part['role'], values: Map<string, number>): Part {
  return { role, values, dirty: new Map(), pending: new Map() };
}
