/** Sends what is queued for a write-behind map when it is due, tries again what failed, and gives up what `maxRetries` says: two lanes and a timer. */
import type { DeadLetter, FailureKind } from '../api/map-store.ts';
import type { WriteBehindStats } from '../api/map.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { Pace } from '../base/pace.ts';
import type { WriteBehindConfig } from '../config/map-config.ts';
import type { KeyMap } from '../data/key-map.ts';
import { fromKey, sameKey, type StoredKey } from '../data/key.ts';
import { backOffMs } from './back-off.ts';
import type { StoreCalls } from './store-calls.ts';
import type { KeyLine, Operation, WriteBehindQueue } from './write-behind-queue.ts';
import { WriteBehindSender } from './write-behind-sender.ts';

/** Batches on their way at a time: a second one doubles what PostgreSQL takes, more gain nothing (measured on two cores). */
const LANES = 2;
/** Part of the delay by which an operation may go sooner, together with others. */
const GATHERED = 0.1;
/** How long to wait before it is asked again whether anything may be sent. */
const HELD_MS = 100;

/** What became of an operation that has left the queue. */
export interface SettledWrite {
  readonly operation: Operation;
  /** false: `onDeadLetter` has taken it. */
  readonly isWritten: boolean;
  /** What the store gave to be kept instead (M60), as it gave it. */
  readonly instead: unknown;
  /** Whether no other operation of its key is queued. */
  readonly isLast: boolean;
}

export interface DeliveryParts {
  readonly calls: StoreCalls;
  readonly config: WriteBehindConfig;
  readonly clock: Clock;
  readonly sliceMs: number;
  readonly queue: WriteBehindQueue;
  /** Makes of a value as the map keeps it one that users may have. */
  readonly handOut: (stored: unknown) => unknown;
  /** Whether anything may be sent now. Left out: always. */
  readonly maySend?: (() => boolean) | undefined;
  /** As in WriteBehindParts. */
  readonly committed?: ((partitions: Iterable<number>) => boolean | Promise<boolean>) | undefined;
  /** Whether to send now what is due later. */
  readonly isUrgent: () => boolean;
  readonly onSettled: (writes: readonly SettledWrite[]) => void;
  /** A newer operation of the same key stands for one that failed. */
  readonly onSuperseded: (older: Operation, newer: Operation) => void;
  /** An operation of this key is about to be given to `onDeadLetter`. */
  readonly onLetter: (key: StoredKey) => void;
  /** An operation has become hopeless. */
  readonly onHopeless: () => void;
}

export class WriteBehindDelivery {
  written = 0;
  batches = 0;
  retries = 0;
  deadLetters = 0;
  lastError: WriteBehindStats['lastError'];
  /** The error itself. */
  lastCause: unknown;
  readonly #parts: DeliveryParts;
  readonly #sender: WriteBehindSender;
  #lanes = 0;
  /** Whether one of the lanes has entries that failed before: the other one is for the rest. */
  #isRetrying = false;
  #timer: Timer | undefined;
  #wakeAt = Infinity;
  /** The store failed, whatever it was given: nothing is sent before. */
  #pausedUntil = 0;
  #pauses = 0;
  /** Dead letters are delivered one after the other. */
  #letters: Promise<void> = Promise.resolve();
  /** The key of the one under way. */
  #letterKey: StoredKey | undefined;
  readonly #pace: Pace;
  #isStopped = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.clock, parts.sliceMs);
    this.#sender = new WriteBehindSender(parts, {
      written: (lines, instead) => this.#written(kept(lines), instead),
      refused: (line, error, kind, isProven) => (line.isDropped ? undefined : this.#refused(line, error, kind, isProven)),
      returned: (lines) => this.#returned(kept(lines)),
      failed: (error, kind) => this.#failed(error, kind),
    });
  }

  /** An operation was queued that is due at `dueAt`. */
  added(dueAt: number): void {
    if (this.#lanes < LANES && (dueAt < this.#wakeAt || this.#parts.isUrgent())) this.pump();
  }

  /** Sends what is due, and sees to it that what is due later is sent then. */
  pump(): void {
    if (this.#isStopped) return;
    const { clock, queue, config, maySend } = this.#parts;
    const now = clock.now();
    if (maySend?.() === false) this.#pausedUntil = Math.max(this.#pausedUntil, now + HELD_MS);
    while (this.#lanes < LANES && now >= this.#pausedUntil) {
      const retries = this.#isRetrying ? [] : queue.takeFailed(now, config.batchSize);
      const lines = retries.length > 0 ? retries : queue.takeFresh(this.#sendableUntil(now), config.batchSize);
      if (lines.length === 0) break;
      void this.#send(lines, retries.length > 0);
    }
    if (this.#lanes < LANES) this.#wakeLater(now);
  }

  /** Nothing is sent from now on, and what is on its way is not heard of. Resolves when the dead letter under way has been taken, or refused. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    return this.#letters;
  }

  /** Whether an operation of the key is with `onDeadLetter` now. */
  isGivingAway(key: StoredKey): boolean {
    return this.#letterKey !== undefined && sameKey(this.#letterKey, key);
  }

  /** Gives an operation to `onDeadLetter`. Rejects when there is none. */
  async giveAway(operation: Operation, error: unknown, kind: FailureKind | undefined): Promise<void> {
    const { config, calls, handOut } = this.#parts;
    if (config.onDeadLetter === undefined) throw error;
    const { at, kind: verb, stored, attempts } = operation;
    const value = verb === 'store' ? handOut(stored) : undefined;
    const letter: DeadLetter = { mapName: calls.mapName, key: fromKey(at.key), operation: verb, value, error, kind, attempts };
    this.#letterKey = at.key;
    this.#parts.onLetter(at.key);
    try {
      await calls.inDeadLetter(async () => config.onDeadLetter!(Object.freeze(letter)));
    } finally {
      this.#letterKey = undefined;
    }
    this.deadLetters++;
    await this.#pace.step();
  }

  async #send(lines: readonly KeyLine[], areRetries: boolean): Promise<void> {
    this.#lanes++;
    if (areRetries) this.#isRetrying = true;
    try {
      const committed = this.#parts.committed?.(new Set(lines.map(({ at }) => at.partition))) ?? true;
      if (committed === true) await this.#deliver(lines);
      else if (await committed) await this.#deliver(kept(lines));
      else this.#hold(kept(lines));
      await this.#parts.clock.yield(); // a store that answers at once must not keep the event loop
    } finally {
      if (areRetries) this.#isRetrying = false;
      this.#lanes--;
      this.pump();
    }
  }

  async #deliver(lines: readonly KeyLine[]): Promise<void> {
    if (lines.length === 0 || this.#isStopped) return;
    this.batches++;
    await this.#sender.send(lines);
  }

  /** Nobody can say now whether what they bring will ever have happened. */
  #hold(lines: readonly KeyLine[]): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#parts.clock.now() + HELD_MS);
    this.#returned(lines);
  }

  /** What is due by then may be sent. A batch that goes out takes along what is due a little later: otherwise few would share one. */
  #sendableUntil(now: number): number {
    const { config, queue, isUrgent } = this.#parts;
    if (isUrgent()) return Infinity;
    return queue.nextDueAt <= now ? now + GATHERED * config.delayMs : now;
  }

  #wakeLater(now: number): void {
    const { queue, isUrgent, clock } = this.#parts;
    const dueAt = queue.nextDueAt < Infinity && isUrgent() ? now : queue.nextDueAt;
    const retryAt = this.#isRetrying ? Infinity : queue.nextRetryAt;
    const wakeAt = Math.max(this.#pausedUntil, Math.min(dueAt, retryAt));
    if (wakeAt === this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = wakeAt;
    if (wakeAt === Infinity) return;
    const wake = (): void => {
      this.#wakeAt = Infinity;
      this.pump();
    };
    this.#timer = clock.after(wakeAt - now, wake, true); // a program that comes to its end goes on until all is stored
  }

  #written(lines: readonly KeyLine[], instead: KeyMap<unknown> | undefined): void {
    if (this.#isStopped) return;
    this.#pauses = 0;
    this.written += lines.length;
    this.#settle(lines, true, instead);
  }

  #returned(lines: readonly KeyLine[]): void {
    if (this.#isStopped) return;
    for (const line of lines) {
      const superseded = this.#parts.queue.putBack(line);
      if (superseded !== undefined) this.#parts.onSuperseded(superseded, line.first!);
    }
  }

  #failed(error: unknown, kind: FailureKind | undefined): void {
    if (this.#isStopped) return;
    this.#note(error, kind);
    const { clock } = this.#parts;
    const now = clock.now();
    if (now < this.#pausedUntil) return; // the other lane has met the same
    this.#pausedUntil = now + backOffMs(++this.#pauses, clock);
    this.retries++;
  }

  #refused(line: KeyLine, error: unknown, kind: FailureKind | undefined, isProven: boolean): void {
    if (this.#isStopped) return;
    this.#note(error, kind);
    const { config, onHopeless } = this.#parts;
    const operation = line.sending!;
    // It is the entry that is refused, and not all the store is given, when others were accepted since the last time.
    const isCounted = isProven || this.written > line.acceptedBefore;
    line.acceptedBefore = this.written;
    if (isCounted) operation.attempts++;
    const isOver = isCounted && operation.attempts > config.maxRetries;
    const isReplaced = config.coalescing && line.first !== undefined;
    if (isOver && !isReplaced && config.onDeadLetter !== undefined) {
      this.#letters = this.#letters.then(() => this.#bury(line, this.#parts.calls.causeOf(error), kind));
      return;
    }
    this.#tryAgain(line);
    if (!isOver || isReplaced) return;
    operation.isHopeless = true;
    onHopeless();
  }

  #tryAgain(line: KeyLine): void {
    const { queue, clock, onSuperseded } = this.#parts;
    this.retries++;
    const superseded = queue.backOff(line, clock.now() + backOffMs(line.failures + 1, clock));
    if (superseded !== undefined) onSuperseded(superseded, line.first!);
  }

  /** The operation waits in `sending` meanwhile, so that no later one of its key overtakes it. */
  async #bury(line: KeyLine, error: unknown, kind: FailureKind | undefined): Promise<void> {
    if (this.#isStopped || line.isDropped) return; // whoever closes the map gives it away, or whoever has it now
    try {
      await this.giveAway(line.sending!, error, kind);
    } catch (refusal) {
      this.#note(refusal, undefined);
      if (!line.isDropped) this.#tryAgain(line);
      this.pump();
      return;
    }
    this.#settle(kept([line]), false);
    this.pump();
  }

  #settle(lines: readonly KeyLine[], isWritten: boolean, instead?: KeyMap<unknown>): void {
    const { queue, onSettled } = this.#parts;
    onSettled(
      lines.map((line) => {
        const operation = line.sending!;
        return { operation, isWritten, instead: instead?.get(line.at.key), isLast: queue.settle(line) };
      }),
    );
  }

  #note(error: unknown, kind: FailureKind | undefined): void {
    const message = error instanceof Error ? error.message : String(error);
    this.lastCause = error;
    this.lastError = Object.freeze({ message, kind, time: this.#parts.clock.now() });
  }
}

/** Those that are still in the queue. */
function kept(lines: readonly KeyLine[]): readonly KeyLine[] {
  return lines.some(({ isDropped }) => isDropped) ? lines.filter(({ isDropped }) => !isDropped) : lines;
}
