/** A map as one would write it for a text book: every call looks at all entries. Time, expiry, eviction, locks and events as the contract has them. */
import type { PlainOrder } from '../eviction/plain-orders.ts';

export interface PlainEvent {
  readonly type: string;
  readonly key: number | undefined;
  readonly value: number | undefined;
  readonly oldValue: number | undefined;
}

interface PlainEntry {
  value: number;
  ttlMs: number;
  maxIdleMs: number;
  deadline: number;
  usedAt: number;
}

export interface PlainExpiry {
  readonly ttlMs?: number | undefined;
  readonly maxIdleMs?: number | undefined;
}

export interface PlainOptions {
  readonly ttlMs: number;
  readonly maxIdleMs: number;
  /** 0: no limit. */
  readonly maxSize: number;
  /** Says what goes; left out: whoever uses the model tells it, by `evict`. */
  readonly order: PlainOrder | undefined;
}

export class PlainMap {
  readonly entries = new Map<number, PlainEntry>();
  readonly locked = new Set<number>();
  events: PlainEvent[] = [];
  now = 0;
  readonly #options: PlainOptions;

  constructor(options: PlainOptions) {
    this.#options = options;
  }

  /** To be called before each step, and after each change of locks. */
  expire(): void {
    for (const [key, { value }] of this.entries) {
      if (this.locked.has(key) || this.expirationTime(key) > this.now) continue;
      this.#drop(key);
      this.#tell('expired', key, undefined, value);
    }
  }

  expirationTime(key: number): number {
    const { deadline, maxIdleMs, usedAt } = this.entries.get(key)!;
    return Math.min(deadline, maxIdleMs === 0 ? Infinity : usedAt + maxIdleMs);
  }

  /** The value, if it is there; no access. */
  value(key: number): number | undefined {
    return this.entries.get(key)?.value;
  }

  /** The value, if it is there; an access. */
  use(key: number): number | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    entry.usedAt = this.now;
    this.#options.order?.touched(key);
    return entry.value;
  }

  put(key: number, value: number, expiry: PlainExpiry = {}): number | undefined {
    const before = this.entries.get(key);
    const { ttlMs = this.#options.ttlMs, maxIdleMs = this.#options.maxIdleMs } = expiry;
    this.entries.set(key, { value, ttlMs, maxIdleMs, deadline: ttlMs === 0 ? Infinity : this.now + ttlMs, usedAt: this.now });
    this.#tell(before === undefined ? 'added' : 'updated', key, value, before?.value);
    if (before === undefined) this.#options.order?.added(key);
    else this.#options.order?.touched(key);
    this.keepLimit(key);
    return before?.value;
  }

  /** Down to the limit, but for what is locked or `spared`. */
  keepLimit(spared = -1): void {
    const { maxSize, order } = this.#options;
    if (order === undefined || maxSize === 0) return;
    while (this.entries.size > maxSize) {
      const victim = order.victim((key) => this.locked.has(key), spared);
      if (victim < 0) return;
      this.evict(victim);
    }
  }

  evict(key: number): boolean {
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    this.#drop(key);
    this.#tell('evicted', key, undefined, entry.value);
    return true;
  }

  evictAll(): void {
    for (const key of this.entries.keys()) if (!this.locked.has(key)) this.evict(key);
  }

  remove(key: number): number | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.#drop(key);
    this.#tell('removed', key, undefined, entry.value);
    return entry.value;
  }

  clear(): void {
    for (const key of this.entries.keys()) if (!this.locked.has(key)) this.#drop(key);
    this.#tell('cleared', undefined, undefined, undefined);
  }

  setTtl(key: number, ttlMs: number): boolean {
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    entry.ttlMs = ttlMs;
    entry.deadline = ttlMs === 0 ? Infinity : this.now + ttlMs;
    return true;
  }

  unlock(key: number): void {
    this.locked.delete(key);
    const isThere = this.entries.has(key);
    this.expire();
    if (isThere) this.keepLimit();
  }

  #drop(key: number): void {
    this.entries.delete(key);
    this.#options.order?.removed(key);
  }

  #tell(type: string, key: number | undefined, value: number | undefined, oldValue: number | undefined): void {
    this.events.push({ type, key, value, oldValue });
  }
}
