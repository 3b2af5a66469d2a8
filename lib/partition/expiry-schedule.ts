/** Which entries of a member expire when: a timer wheel, and the entries that may not expire although they should, because they are locked. */
import { TimerWheel } from '../eviction/timer-wheel.ts';

export interface ExpiryScheduleOptions {
  /** When the entry at a slot expires; `Infinity`: never. Idle time that begins anew makes it later without a word. */
  readonly timeOf: (slot: number) => number;
  /** Whether the entry may not expire now. Asked only when it should; then it stays until `unlocked`. */
  readonly isLocked: (slot: number) => boolean;
  /** Called when an entry may expire sooner than any before. Must not change anything. */
  readonly onSooner: (time: number) => void;
  /** Drops an entry that has expired. */
  readonly expire: (slot: number) => void;
}

export class ExpirySchedule {
  /** No entry expires before this time. */
  next = Infinity;
  readonly #options: ExpiryScheduleOptions;
  /** Made when first needed. */
  #wheel: TimerWheel | undefined;
  /** Entries that should have expired, but were locked. */
  readonly #kept = new Set<number>();

  constructor(options: ExpiryScheduleOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#wheel?.bytes ?? 0;
  }

  /** The entry's time was `before` (`Infinity` for a new one) and is `time` now. */
  changed(slot: number, before: number, time: number, now: number): void {
    // Later: the wheel finds out when the time has come, so that updates need not move anything.
    if (time >= before) return;
    this.#wheel ??= new TimerWheel(this.#options.timeOf);
    this.#wheel.schedule(slot, time, now);
    const { nextDue } = this.#wheel;
    const isSooner = nextDue < this.next;
    this.next = nextDue;
    if (isSooner) this.#options.onSooner(nextDue);
  }

  removed(slot: number): void {
    if (this.#wheel === undefined) return;
    this.#wheel.deschedule(slot);
    if (this.#kept.size > 0) this.#kept.delete(slot);
  }

  /** The entry is not locked any more: if it should have expired meanwhile, it has now. */
  unlocked(slot: number, now: number): void {
    if (this.#kept.delete(slot)) this.changed(slot, Infinity, this.#options.timeOf(slot), now);
  }

  /** Whether an entry that is looked for at `now` (not before `next`) has expired. */
  hasExpired(slot: number, now: number): boolean {
    return now >= this.#options.timeOf(slot) && !this.#options.isLocked(slot);
  }

  /** Drops what has expired by `now`, looking at `steps` entries at most; whether that was all. */
  expireDue(now: number, steps: number): boolean {
    if (now < this.next || this.#wheel === undefined) return true;
    try {
      return this.#wheel.advance(now, steps, this.#due);
    } finally {
      this.next = this.#wheel.nextDue;
    }
  }

  clear(): void {
    this.#wheel?.clear();
    this.#kept.clear();
    this.next = Infinity;
  }

  readonly #due = (slot: number): void => {
    if (this.#options.isLocked(slot)) {
      this.#wheel!.deschedule(slot);
      this.#kept.add(slot);
    } else this.#options.expire(slot);
  };
}
