/**
 * Applies what other programs changed in the database to memory (B4).
 *
 * Each change is applied in its key's turn, as a write of our own is: so it comes before such a write or after it, never in between. What a
 * change doesn't say is read again, in that turn, many keys by one `loadAll`; several changes of one key are one reading. A reading that finds
 * what memory has changes nothing. Locks are not waited for: what is committed is the truth, and a lock keeps calls of this map apart, not
 * other programs. Nor is a write of ours overwritten that waits to be stored: its key is looked at again when it is.
 */
import type { Change } from '../../api/change-feed.ts';
import type { Timer } from '../../base/clock.ts';
import { KeyMap } from '../../data/key-map.ts';
import { each } from '../each.ts';
import { FollowedMemory, type FollowedMemoryOptions } from './followed-memory.ts';
import type { KeyAddress } from '../home.ts';
import { slotOf } from '../memory.ts';
import { MissedKeys } from './missed-keys.ts';
import { readAgain } from './read-again.ts';
import { resynchronise } from './resynchronise.ts';

/** Partitions that come together are compared with the database together. */
const TOGETHER_MS = 100;

/** How long a key whose own write is still to be stored is left alone before it is looked at again. */
const PENDING_MS = 500;

type KeyChange = Extract<Change<unknown, unknown>, { readonly key: unknown }>;
type ToldChange = Exclude<KeyChange, { readonly op: 'changed' }>;

/** The last change of a key in a batch. */
interface Addressed {
  readonly at: KeyAddress;
  change: KeyChange;
}

export class Follower {
  readonly #memory: FollowedMemory;
  /** Keys to look at again when their own write is stored. */
  #pending = new KeyMap<KeyAddress>();
  #pendingTimer: Timer | undefined;
  #doubtTimer: Timer | undefined;
  #isComparing = false;
  /** Keys that others had to follow. */
  readonly #missed: MissedKeys;
  changes = 0;
  resyncs = 0;

  constructor(options: FollowedMemoryOptions) {
    this.#memory = new FollowedMemory(options);
    this.#missed = new MissedKeys(options.home.clock);
    this.#memory.onMissed = (at) => this.#missed.add(at);
    this.#memory.onPending = (at) => this.#lookAgainLater(at);
    const stop = (): void => {
      this.#pendingTimer?.cancel();
      this.#doubtTimer?.cancel();
    };
    options.signal.addEventListener('abort', stop, { once: true });
  }

  /** Resolves when memory has them; those whose turn another call has follow when that call ends. Rejects only when the signal is aborted. */
  async apply(changes: readonly Change<unknown, unknown>[]): Promise<void> {
    let keyed: KeyChange[] = [];
    for (const change of changes) {
      this.changes++;
      if ('key' in change) {
        keyed.push(change);
        continue;
      }
      await this.#applyKeyed(keyed);
      keyed = [];
      if (change.op === 'gap') this.resyncs++;
      await resynchronise(this.#memory, change.op);
    }
    await this.#applyKeyed(keyed);
  }

  /**
   * A partition has come from another member, which may have heard of changes later than this one: what it may not have heard of is read again; all of it
   * where this member began to follow so lately that it may not have heard of them either.
   */
  came(partition: number): void {
    const { keys, areAll } = this.#missed.take(partition);
    if (this.#memory.signal.aborted) return;
    if (!areAll) this.doubt();
    if (keys.length > 0) void this.#memory.apart(readAgain(this.#memory, keys)).catch(() => undefined); // only when it is over
  }

  /** What came here may have been changed in the database when nobody heard of it: it is compared soon, if there is any. */
  doubt(): void {
    const { home, signal } = this.#memory;
    const { share, records } = home;
    if (signal.aborted || share === undefined || this.#doubtTimer !== undefined) return;
    if (records.size === 0 && share.stays('all').size === share.stays('unloaded').size) return; // it will be loaded
    this.#doubtTimer = home.clock.after(TOGETHER_MS, () => {
      this.#doubtTimer = undefined;
      if (this.#isComparing) return this.doubt();
      this.#isComparing = true;
      this.resyncs++;
      const compared = resynchronise(this.#memory, 'gap').finally(() => (this.#isComparing = false));
      void this.#memory.apart(compared).catch(() => undefined); // only when it is over
    });
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    return this.#memory.settled();
  }

  async #applyKeyed(changes: readonly KeyChange[]): Promise<void> {
    const memory = this.#memory;
    const { home } = memory;
    const unread: KeyAddress[] = [];
    const latest = this.#latest(changes);
    await each(home, latest.length, (position) => {
      const { at, change } = latest[position]!;
      const isFree = home.turns.isFree(at.key);
      // Nobody is about to bring it into memory either.
      if (isFree && !memory.wantsNew && slotOf(home, at) < 0) return;
      if (change.op === 'changed' || !isFree) unread.push(at);
      else if (!this.#isApplied(at, change)) unread.push(at);
    });
    await readAgain(memory, unread);
  }

  /** Whether memory has it now. The key's turn is free, and what is done here takes no time. */
  #isApplied(at: KeyAddress, change: ToldChange): boolean {
    if (change.isDoubtful?.() === true) return false;
    try {
      this.#memory.settle(at, change.op === 'upsert' ? change.value : undefined, true);
      return true;
    } catch (error) {
      this.#memory.onTrouble(error); // what can't be kept is dealt with where it is read
      return false;
    }
  }

  /** One change for each key, the last; the order of different keys does not matter. */
  #latest(changes: readonly KeyChange[]): Addressed[] {
    const list: Addressed[] = [];
    const byKey = new KeyMap<Addressed>();
    for (const change of changes) {
      const at = this.#addressOf(change.key);
      if (at === undefined) continue;
      if (!this.#memory.owns(at)) {
        this.#missed.add(at);
        continue;
      }
      const before = byKey.get(at.key);
      if (before !== undefined) {
        before.change = change;
        continue;
      }
      const addressed = { at, change };
      byKey.set(at.key, addressed);
      list.push(addressed);
    }
    return list;
  }

  #addressOf(key: unknown): KeyAddress | undefined {
    const { home, addresses, onTrouble } = this.#memory;
    try {
      return home.store!.accept('follow', key, () => addresses.of(key));
    } catch (error) {
      onTrouble(error); // no key of this map: memory can't have it
      return undefined;
    }
  }

  #lookAgainLater(at: KeyAddress): void {
    this.#pending.set(at.key, at);
    this.#pendingTimer ??= this.#memory.home.clock.after(PENDING_MS, () => {
      this.#pendingTimer = undefined;
      const due = [...this.#pending.values()];
      this.#pending = new KeyMap();
      if (!this.#memory.signal.aborted) void this.#memory.apart(readAgain(this.#memory, due)).catch(() => undefined);
    });
  }
}
