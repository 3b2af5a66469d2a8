/**
 * Write-behind (M56): what the map has taken reaches the store later, in batches, and is not lost before.
 *
 * A change is queued when memory has it (`write-behind-queue.ts`) and sent when it is due (`write-behind-delivery.ts`, `write-behind-sender.ts`); it
 * leaves the queue when the store has it, or `onDeadLetter`. Sending never waits for a key's turn or lock, so a change that waits for room while it
 * holds one (`write-behind-room.ts`) always gets it.
 */
import type { WriteBehindStats } from '../api/map.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { endsWithin } from '../base/ends-within.ts';
import type { Patience } from '../base/patience.ts';
import { GAVE_UP, type GaveUp } from '../base/turns.ts';
import type { WriteBehindConfig } from '../config/map-config.ts';
import { hashKey, type StoredKey } from '../data/key.ts';
import { AbortedError, MapStoreError } from '../errors.ts';
import type { StoreCalls } from './store-calls.ts';
import { WriteBehindDelivery, type SettledWrite } from './write-behind-delivery.ts';
import { Flushes } from './write-behind-flushes.ts';
import { WriteBehindQueue, type Operation, type QueuedKey } from './write-behind-queue.ts';
import { Room } from './write-behind-room.ts';

export type { SettledWrite } from './write-behind-delivery.ts';

/** A queued operation as plain data, for a backup. */
export interface QueuedWrite {
  readonly sequence: number;
  readonly kind: 'store' | 'delete';
  readonly key: StoredKey;
  readonly partition: number;
  /** The value as the map keeps it; `undefined` for `delete`. */
  readonly stored: unknown;
  /** Epoch milliseconds. */
  readonly queuedAt: number;
  readonly dueAt: number;
  readonly attempts: number;
}

/**
 * Hears of every change of the queue, synchronously. Who keeps what was `queued`, by sequence, until it is `settled`, can take the queue over at any
 * moment: nothing is missing, and what is being stored just then is stored twice.
 */
export interface WriteBehindFeed {
  queued(write: QueuedWrite): void;
  /** The store has them, or `onDeadLetter`, or later ones stand for them. */
  settled(writes: readonly Pick<QueuedWrite, 'sequence' | 'partition'>[]): void;
}

export interface WriteBehindParts {
  readonly calls: StoreCalls;
  readonly config: WriteBehindConfig;
  readonly clock: Clock;
  /** How long work may keep the event loop from turning. */
  readonly sliceMs: number;
  /** Makes of a value as the map keeps it one that users may have. */
  readonly handOut: (stored: unknown) => unknown;
  /** Called when operations have left the queue. Must not throw. */
  readonly onSettled: (writes: readonly SettledWrite[]) => void;
  /** Whether the store may be written to now: another member may have taken over. Left out: always. */
  readonly maySend?: (() => boolean) | undefined;
  /**
   * Whether everything that has happened in these partitions up to now is certain: what replicas may not have yet could be undone by another member that
   * takes over, and then the store must not have it. False: not now. Left out: always.
   */
  readonly committed?: ((partitions: Iterable<number>) => boolean | Promise<boolean>) | undefined;
}

const LETTER_HANGS = 'onDeadLetter did not answer in time';

export class WriteBehind {
  /** At most one: what tells the backups. */
  feed: WriteBehindFeed | undefined;
  readonly #parts: WriteBehindParts;
  readonly #queue: WriteBehindQueue;
  readonly #room: Room;
  readonly #flushes: Flushes;
  readonly #delivery: WriteBehindDelivery;
  readonly #patience = new AbortController();
  #patienceTimer: Timer | undefined;
  #isClosing = false;
  #sequence = 0;

  constructor(parts: WriteBehindParts) {
    const { calls, config } = parts;
    this.#parts = parts;
    this.#queue = new WriteBehindQueue(config.coalescing);
    this.#room = new Room({ mapName: calls.mapName, queue: this.#queue, isExempt: (key) => this.#isExempt(key), ...config });
    this.#flushes = new Flushes(
      (operation) => this.#queue.isHopeless(operation),
      (unsaved) => this.#unsavedError('flush', unsaved),
    );
    const { committed } = parts;
    this.#delivery = new WriteBehindDelivery({
      ...parts,
      // Who closes has no time to wait for others that may be closing too.
      committed: committed && ((partitions) => this.#isClosing || committed(partitions)),
      queue: this.#queue,
      isUrgent: () => this.#isClosing || this.#flushes.areWaiting || this.#room.waiting > 0 || this.#room.isFull,
      onSettled: (settled) => this.#settled(settled),
      onSuperseded: (older, newer) => {
        this.#superseded(older, newer);
        this.#room.letIn();
      },
      onLetter: (key) => this.#room.letInTo(key),
      onHopeless: () => this.#flushes.lostHope(),
    });
  }

  /** Whether the store does not have yet what was last done to the key. */
  isPending(key: StoredKey): boolean {
    return this.#queue.latest(key) !== undefined;
  }

  /** What was last done to the key, when the store does not have it yet. */
  pendingOf(key: StoredKey): Pick<Operation, 'kind' | 'stored'> | undefined {
    return this.#queue.latest(key);
  }

  /** Keys of which the store does not have yet what was last done to them. */
  *pendingKeys(): Generator<StoredKey, void, undefined> {
    for (const { at } of this.#queue.lines()) yield at.key;
  }

  /** Keys whose value the store does not have yet. */
  pendingStores(): QueuedKey[] {
    const lines = [...this.#queue.lines()].filter((line) => (line.last ?? line.sending)!.kind === 'store');
    return lines.map(({ at }) => at);
  }

  /** Runs `write`, which queues one operation on the key, when there is room: `Room.enter`. */
  withRoom<R>(key: StoredKey, write: () => R): R | Promise<R> {
    const result = this.#room.enter(key, write);
    if (this.#room.waiting > 0) this.#delivery.pump(); // who waits for room does not wait for the delay
    return result;
  }

  /** Whether this many operations might have to wait for room. */
  wouldWaitFor(operations: number): boolean {
    return this.#room.wouldWaitFor(operations);
  }

  /** Runs `work`, which may queue one operation on the key, when there is room for it; GAVE_UP when there was none before the patience was over. */
  async tryWithRoom<R>(key: StoredKey, work: () => R | Promise<R>, patience: Patience): Promise<R | GaveUp> {
    const promised = this.#room.promise(key, patience);
    if (this.#room.waiting > 0) this.#delivery.pump();
    if (!(await promised)) return GAVE_UP;
    try {
      return await work();
    } finally {
      this.#room.release([key]);
    }
  }

  /** Promises room for several operations, which still go by `withRoom`: `Room.reserve`. */
  reserve(keys: readonly StoredKey[]): void {
    this.#room.reserve(keys);
  }

  /** Takes back what of it was not used. */
  release(keys: readonly StoredKey[]): void {
    this.#room.release(keys);
  }

  /** Queues that the value is to be stored. Only where there is room. */
  store(at: QueuedKey, stored: unknown): void {
    this.#queueNew('store', at, stored);
  }

  /** Queues that the key is to be deleted. Only where there is room. */
  delete(at: QueuedKey): void {
    this.#queueNew('delete', at, undefined);
  }

  /**
   * Resolves when the store has all that is queued now, or `onDeadLetter` has taken it; nothing waits for the delay meanwhile. Errors: ERR_MAP_STORE
   * when only entries are left that the store has refused more than `maxRetries` times, ERR_ABORTED. After an error they go on being tried.
   */
  flush(signal?: AbortSignal): Promise<void> {
    const { mapName: map } = this.#parts.calls;
    const until = signal === undefined ? this.#patience.signal : AbortSignal.any([signal, this.#patience.signal]);
    const aborted = (unsaved: number): Error =>
      new AbortedError(`map '${map}': the flush was aborted; ${writes(unsaved)} not stored yet`, {
        cause: until.reason,
        details: { map, unsaved },
      });
    const flushed = this.#flushes.wait(this.#queue.operations(), until, aborted);
    this.#delivery.pump();
    return flushed;
  }

  /** All that is queued, of one partition if it is given; those of a key in order. */
  image(partition?: number): QueuedWrite[] {
    const images: QueuedWrite[] = [];
    for (const operation of this.#queue.operations()) {
      if (partition === undefined || operation.at.partition === partition) images.push(imageOf(operation));
    }
    return images;
  }

  /**
   * Takes over what another queue held of one or more partitions (its `image`, or what its `feed` told), before anything is done to these keys here.
   * Sequence numbers stay what they are: they are unique in a partition. There is always room.
   */
  install(images: Iterable<QueuedWrite>): void {
    for (const { key, partition, ...rest } of [...images].sort((a, b) => a.sequence - b.sequence)) {
      this.#sequence = Math.max(this.#sequence, rest.sequence);
      this.#add({ ...rest, at: { key, hash: hashKey(key), partition }, isHopeless: false, next: undefined });
    }
    this.#delivery.pump();
  }

  /** Forgets what is queued of a partition: another member has it. What is on its way may reach the store. The feed is not told. */
  drop(partition: number): void {
    for (const operation of this.#queue.drop(partition)) this.#flushes.settled(operation);
    this.#room.letIn();
  }

  /** Costs a look at each key that is queued. */
  statistics(): WriteBehindStats {
    const { written, batches, retries, deadLetters, lastError } = this.#delivery;
    const now = this.#parts.clock.now();
    let oldest = now;
    for (const { sending, first } of this.#queue.lines()) oldest = Math.min(oldest, (sending ?? first)!.queuedAt);
    return Object.freeze({
      queued: this.#queue.size,
      oldestAgeMs: now - oldest,
      waitingForRoom: this.#room.waiting,
      written,
      batches,
      retries,
      deadLetters,
      lastError,
    });
  }

  /**
   * The map is being closed: nothing waits for the delay any more. What waits for room, or for the store, may do so for `timeoutMs` from now; `Infinity`:
   * for as long as it takes.
   */
  beginClosing(timeoutMs: number): void {
    this.#isClosing = true;
    this.#delivery.pump();
    if (timeoutMs === Infinity) return;
    const end = (): void => {
      this.#room.close();
      this.#patience.abort();
    };
    this.#patienceTimer = this.#parts.clock.after(timeoutMs, end, true);
  }

  /**
   * Brings to the store what is queued, and ends. What it has not taken in time, or refused for good, is given to `onDeadLetter`, which may take up to
   * `letterMs` for each. Errors: ERR_MAP_STORE with `details.unsaved` when there is none, when it fails, or takes longer.
   */
  async close(letterMs: number): Promise<void> {
    const isStored = await this.flush().then(
      () => true,
      () => false,
    );
    this.#patienceTimer?.cancel();
    this.#room.close();
    const isAnswered = await endsWithin(this.#parts.clock, letterMs, this.#delivery.stop());
    if (!isAnswered) throw this.#unsavedError('close', this.#queue.size, LETTER_HANGS);
    if (!isStored) await this.#giveAwayAll(letterMs);
  }

  async #giveAwayAll(letterMs: number): Promise<void> {
    const { calls, clock, config } = this.#parts;
    const { lastCause, lastError } = this.#delivery;
    const error = calls.causeOf(lastCause);
    let unsaved = this.#queue.size;
    for (const operation of config.onDeadLetter === undefined ? [] : this.#queue.operations()) {
      const letter = this.#delivery.giveAway(operation, error, lastError?.kind).then(() => unsaved--);
      if (!(await endsWithin(clock, letterMs, letter))) throw this.#unsavedError('close', unsaved, LETTER_HANGS);
    }
    if (unsaved > 0) throw this.#unsavedError('close', unsaved);
  }

  /** `onDeadLetter` may change the map, its own key for one: neither it nor who has the turn of that key may wait for what waits for it. */
  #isExempt(key: StoredKey): boolean {
    return this.#parts.calls.isInDeadLetter || this.#delivery.isGivingAway(key);
  }

  #queueNew(kind: Operation['kind'], at: QueuedKey, stored: unknown): void {
    const now = this.#parts.clock.now();
    const dueAt = now + this.#parts.config.delayMs;
    this.#add({ sequence: ++this.#sequence, kind, at, stored, queuedAt: now, dueAt, attempts: 0, isHopeless: false, next: undefined });
    this.#delivery.added(dueAt);
  }

  #add(operation: Operation): void {
    const replaced = this.#queue.add(operation);
    this.feed?.queued(imageOf(operation));
    if (replaced !== undefined) this.#superseded(replaced, operation);
  }

  #superseded(older: Operation, newer: Operation): void {
    this.#flushes.superseded(older, newer);
    this.feed?.settled([settledWrite(older)]);
  }

  #settled(settled: readonly SettledWrite[]): void {
    this.feed?.settled(settled.map(({ operation }) => settledWrite(operation)));
    this.#parts.onSettled(settled);
    for (const { operation } of settled) this.#flushes.settled(operation);
    this.#room.letIn();
  }

  #unsavedError(operation: 'flush' | 'close', unsaved: number, reason?: string): MapStoreError {
    const { mapName: map } = this.#parts.calls;
    const { lastCause, lastError } = this.#delivery;
    const why = reason ?? lastError?.message ?? 'the store did not answer in time';
    return new MapStoreError(`map '${map}': ${writes(unsaved)} not stored: ${why}`, {
      cause: lastCause,
      details: { map, operation, unsaved },
    });
  }
}

function writes(count: number): string {
  return count === 1 ? '1 write is' : `${count} writes are`;
}

function settledWrite({ sequence, at }: Operation): Pick<QueuedWrite, 'sequence' | 'partition'> {
  return { sequence, partition: at.partition };
}

function imageOf({ sequence, kind, at, stored, queuedAt, dueAt, attempts }: Operation): QueuedWrite {
  return { sequence, kind, key: at.key, partition: at.partition, stored, queuedAt, dueAt, attempts };
}
