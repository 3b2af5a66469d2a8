/**
 * The locks of a map's keys on one member, and the lines of those who wait for them.
 *
 * A line has two kinds of people. Who wants the lock takes it when it is free; who wants to change the key passes when it is free, and holds
 * nothing: changes that have passed keep out of each other's way by the key's turn. Both are served in order of arrival. A key that nobody
 * has locked has no line, so the table holds only what is locked.
 *
 * Nobody who is in a line holds anything that others could be waiting for, except the locks its user holds: users may wait for each other in a
 * circle, this table adds none.
 */
import type { MemberId } from '../api/transport.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { KeyMap } from '../data/key-map.ts';
import type { StoredKey } from '../data/key.ts';

/** What a holder shows. No two locks of a map have the same. */
export type LockToken = number;

const NOBODY: LockToken = 0;

/** A key and where it lives. */
export interface LockedKey {
  readonly key: StoredKey;
  readonly partition: number;
}

/** A lock as plain data, for replicas. */
export interface LockImage {
  readonly key: StoredKey;
  readonly token: LockToken;
  /** When the lease is over, epoch milliseconds; `Infinity`: never. */
  readonly deadline: number;
  /** The member through which it was asked for: the lock ends with it. `undefined` where there is one member only. */
  readonly holder: MemberId | undefined;
}

/** Somebody in line. */
export interface LockWaiter {
  /** Who asks, as `LockImage.holder`. */
  readonly holder?: MemberId | undefined;
  /** Whether it takes the lock; else it passes. */
  readonly takes: boolean;
  /** It is its turn. `token` is 0 for those who pass. Must not throw. */
  granted(token: LockToken): void;
  /** Nobody is served any more. */
  refused(reason: unknown): void;
}

export interface LockTableOptions {
  /** Starts the timer of a lease. */
  readonly after: Clock['after'];
  /** Called just before a key's lock changes, with what is thrown keeping it from that. A lease whose end is kept from happening stays as it is. */
  readonly onChange?: ((at: LockedKey) => void) | undefined;
  /** Called when a key is not locked any more. */
  readonly onReleased?: (at: LockedKey) => void;
}

/** A place in a line: doubly linked, so that those who give up leave nothing behind. */
interface Place {
  readonly waiter: LockWaiter;
  before: Place | undefined;
  after: Place | undefined;
  isLeft: boolean;
}

interface Lock extends LockedKey {
  /** NOBODY only while those in line are being let pass. */
  token: LockToken;
  holder: MemberId | undefined;
  /** Whether its holder knows, or is about to. */
  isConfirmed: boolean;
  deadline: number;
  lease: Timer | undefined;
  first: Place | undefined;
  last: Place | undefined;
}

export class KeyLocks {
  readonly #locks = new KeyMap<Lock>();
  readonly #after: Clock['after'];
  readonly #onChange: ((at: LockedKey) => void) | undefined;
  readonly #onReleased: ((at: LockedKey) => void) | undefined;
  #size = 0;
  #lastToken: LockToken = NOBODY;
  #closed: { readonly reason: unknown } | undefined;

  constructor({ after, onChange, onReleased }: LockTableOptions) {
    this.#after = after;
    this.#onChange = onChange;
    this.#onReleased = onReleased;
  }

  /** The newest token that was given. */
  get lastToken(): LockToken {
    return this.#lastToken;
  }

  /** Keys that are locked. */
  get size(): number {
    return this.#size;
  }

  isLocked(key: StoredKey): boolean {
    return this.#size > 0 && (this.#locks.get(key)?.token ?? NOBODY) !== NOBODY;
  }

  /** Whether nobody has locked the key or waits for it: then a change may pass at once. */
  isFree(key: StoredKey): boolean {
    return this.#size === 0 || this.#locks.get(key) === undefined;
  }

  /** Takes the lock when the key is free. It has no lease yet, and is no image before it is confirmed. */
  tryLock(at: LockedKey, holder?: MemberId): LockToken | undefined {
    const { key, partition } = at;
    if (!this.isFree(key)) return undefined;
    this.#onChange?.(at);
    const token = ++this.#lastToken;
    this.#add({ ...BLANK, key, partition, token, holder });
    return token;
  }

  /**
   * The lock is about to be shown to its holder: from now on it is to be known elsewhere. Before that it is as if it were not there, should this member
   * end: whoever asked for it asks again, and must not wait for itself. Does nothing when it is not held any more.
   */
  confirm(key: StoredKey, token: LockToken): void {
    const lock = this.#heldBy(key, token);
    if (lock === undefined) return;
    this.#onChange?.(lock);
    lock.isConfirmed = true;
  }

  /** Gets in line for a key that is not free; the function that is returned leaves it. Throws the reason when the table is closed. */
  wait({ key }: LockedKey, waiter: LockWaiter): () => void {
    if (this.#closed !== undefined) throw this.#closed.reason;
    const lock = this.#locks.get(key)!;
    const place: Place = { waiter, before: lock.last, after: undefined, isLeft: false };
    if (lock.last === undefined) lock.first = place;
    else lock.last.after = place;
    lock.last = place;
    return () => leave(lock, place);
  }

  /** Ends the lock by itself when the lease is over; counted from `now`. Does nothing when it is not held any more. */
  lease(key: StoredKey, token: LockToken, leaseMs: number, now: number): void {
    const lock = this.#heldBy(key, token);
    if (lock === undefined) return;
    this.#onChange?.(lock);
    this.#lease(lock, leaseMs, now);
  }

  /** Exact: a lease is over at its deadline, whenever its timer comes. */
  isHeldBy(key: StoredKey, token: LockToken, now: number): boolean {
    const lock = this.#heldBy(key, token);
    return lock !== undefined && now < lock.deadline;
  }

  /** Gives the lock to the next in line. False when it was not held any more. */
  unlock(key: StoredKey, token: LockToken, now: number): boolean {
    const lock = this.#heldBy(key, token);
    if (lock === undefined) return false;
    const isInTime = now < lock.deadline;
    this.#change(lock);
    return isInTime;
  }

  /** Takes the lock from whoever has it. False when nobody had. */
  forceUnlock(key: StoredKey): boolean {
    const lock = this.#locks.get(key);
    if (lock === undefined || lock.token === NOBODY) return false;
    this.#change(lock);
    return true;
  }

  /** Members that hold locks. */
  holders(): Set<MemberId> {
    const holders = new Set<MemberId>();
    if (this.#size > 0) for (const { holder } of this.#locks.values()) if (holder !== undefined) holders.add(holder);
    return holders;
  }

  /** Takes the locks of holders that are gone from them. */
  releaseOf(isGone: (holder: MemberId) => boolean): void {
    for (const lock of this.#locks.values()) {
      if (lock.holder !== undefined && isGone(lock.holder)) this.#changeUnasked(lock);
    }
  }

  /** Refuses all who wait, and all who would. Who holds a lock keeps it; no lease ends any more. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const lock of this.#locks.values()) {
      lock.lease?.cancel();
      refuseWaiters(lock, this.#closed.reason);
    }
  }

  /** Refuses all who wait now; who holds a lock keeps it. */
  refuseAll(reason: unknown): void {
    for (const lock of this.#locks.values()) refuseWaiters(lock, reason);
  }

  /** The same for the keys of a partition. */
  refuse(partition: number, reason: unknown): void {
    for (const lock of this.#of(partition)) refuseWaiters(lock, reason);
  }

  /** The lock of a key, if somebody has it and knows. */
  imageOf(key: StoredKey): LockImage | undefined {
    const lock = this.#locks.get(key);
    if (lock === undefined || lock.token === NOBODY || !lock.isConfirmed) return undefined;
    const { token, deadline, holder } = lock;
    return { key, token, deadline, holder };
  }

  /** The locks of one partition. */
  imagesOf(partition: number): LockImage[] {
    return this.#of(partition)
      .map(({ key }) => this.imageOf(key))
      .filter((image) => image !== undefined);
  }

  /**
   * Locks that were held elsewhere; none of their keys may be locked here. Leases go on, and no token is given again that is not above all of theirs and
   * `lastToken`.
   */
  install(partition: number, images: readonly LockImage[], now: number, lastToken: LockToken = NOBODY): void {
    this.#lastToken = Math.max(this.#lastToken, lastToken);
    for (const { key, token, deadline, holder } of images) {
      const lock: Lock = { ...BLANK, key, partition, token, holder, deadline, isConfirmed: true };
      this.#lastToken = Math.max(this.#lastToken, token);
      this.#add(lock);
      if (deadline !== Infinity) this.#lease(lock, Math.max(0, deadline - now), now);
    }
  }

  /** Forgets the locks of a partition, which are held elsewhere, and refuses all who wait for them. */
  drop(partition: number, reason: unknown): void {
    for (const lock of this.#of(partition)) {
      lock.lease?.cancel();
      lock.token = NOBODY;
      this.#locks.delete(lock.key);
      this.#size--;
      refuseWaiters(lock, reason);
    }
  }

  #of(partition: number): Lock[] {
    return this.#size === 0 ? [] : [...this.#locks.values()].filter((lock) => lock.partition === partition);
  }

  #add(lock: Lock): void {
    this.#locks.set(lock.key, lock);
    this.#size++;
  }

  #heldBy(key: StoredKey, token: LockToken): Lock | undefined {
    const lock = this.#locks.get(key);
    return lock?.token === token ? lock : undefined;
  }

  #lease(lock: Lock, leaseMs: number, now: number): void {
    const { token } = lock;
    lock.lease?.cancel();
    lock.deadline = now + leaseMs;
    lock.lease = this.#after(leaseMs, () => {
      if (lock.token === token) this.#changeUnasked(lock);
    });
  }

  #change(lock: Lock): void {
    this.#onChange?.(lock);
    this.#release(lock);
  }

  /** For what nobody has asked for just now. */
  #changeUnasked(lock: Lock): void {
    try {
      this.#onChange?.(lock);
    } catch {
      return; // it is held elsewhere now, and ends there
    }
    this.#release(lock);
  }

  /** One loop serves all who may pass, up to the next who takes the lock: if each called its successor, a long line would overflow the stack. */
  #release(lock: Lock): void {
    lock.lease?.cancel();
    lock.lease = undefined;
    lock.token = NOBODY;
    lock.holder = undefined;
    lock.deadline = Infinity;
    for (let place = lock.first; place !== undefined; place = lock.first) {
      leave(lock, place);
      if (place.waiter.takes) {
        lock.token = ++this.#lastToken;
        lock.holder = place.waiter.holder;
        lock.isConfirmed = false;
        place.waiter.granted(lock.token);
        return;
      }
      place.waiter.granted(NOBODY);
    }
    this.#locks.delete(lock.key);
    this.#size--;
    this.#onReleased?.(lock);
  }
}

const BLANK = { isConfirmed: false, deadline: Infinity, lease: undefined, first: undefined, last: undefined } as const;

function refuseWaiters(lock: Lock, reason: unknown): void {
  for (let place = lock.first; place !== undefined; place = lock.first) {
    leave(lock, place);
    place.waiter.refused(reason);
  }
}

function leave(lock: Lock, place: Place): void {
  if (place.isLeft) return;
  place.isLeft = true;
  if (place.before === undefined) lock.first = place.after;
  else place.before.after = place.after;
  if (place.after === undefined) lock.last = place.before;
  else place.after.before = place.before;
}
