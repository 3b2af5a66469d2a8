/**
 * What happens to the entries of a map, in order, told to those who listen (M16).
 *
 * A change is queued where memory changes, which is one place per kind of change, and delivered in a microtask: after the change took effect,
 * and never in the midst of it, so that a listener may call the map. One queue for the whole map keeps the order of changes, that of each key
 * included. Values wait in the form the map keeps them in, which nobody can change: queueing copies nothing.
 *
 * Delivery gives the event loop its turns, as all long work does. Microtasks come before anything else the loop does: writers that never let
 * it turn could pile events up while delivery waits for it. Above BACKLOG_MAX it therefore waits no longer.
 */
import type { EntryEventType } from '../api/entry-event.ts';
import type { StoredKey } from '../data/key.ts';
import type { Slices } from '../indexes/attribute-set.ts';

/** One change of memory. Values are stored forms. */
export interface EntryChange {
  readonly type: EntryEventType;
  /** `undefined` for `cleared`. */
  readonly key: StoredKey | undefined;
  /** `undefined` when the entry is gone. */
  readonly stored: unknown;
  /** `undefined` when there was none. */
  readonly before: unknown;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Entries changed: 1, or as many as were cleared. */
  readonly count: number;
}

/** Somebody who listens. */
export interface Subscriber {
  /** What it wants to hear of. Must not change. */
  readonly types: ReadonlySet<EntryEventType>;
  /** Called with changes made since `subscribe`, one after the other. Must not throw. */
  deliver(change: EntryChange): void;
  /** The map is closed: nothing will come any more. */
  end(): void;
}

interface Subscription {
  readonly subscriber: Subscriber;
  /** Number of the first change it hears of. */
  readonly from: number;
  live: boolean;
}

/** Deliveries between two looks at the clock. */
const STEPS = 64;
/** Most events that wait for the event loop to turn. */
export const BACKLOG_MAX = 65_536;

export class MapEvents {
  /** Whether anybody listens. Ask before collecting what `tell` takes. */
  active = false;
  /** Changes that somebody wanted to hear of, since the map was made. */
  count = 0;
  readonly #slices: Slices;
  #subscriptions: readonly Subscription[] = [];
  #wanted: ReadonlySet<EntryEventType> = new Set();
  /** Being delivered, from `#next` on. */
  #batch: readonly EntryChange[] = [];
  #next = 0;
  #incoming: EntryChange[] = [];
  /** Changes delivered. */
  #delivered = 0;
  #delivery: 'idle' | 'due' | 'paused' = 'idle';

  constructor(slices: Slices) {
    this.#slices = slices;
  }

  /** Tells the subscriber of all changes from now on. The function that is returned ends that at once; whether it had not ended yet. */
  subscribe(subscriber: Subscriber): () => boolean {
    const subscription: Subscription = { subscriber, from: this.count, live: true };
    this.#setSubscriptions([...this.#subscriptions, subscription]);
    return () => this.#end(subscription);
  }

  /** An entry was changed. For `cleared` without key, with the number of entries. */
  tell(type: EntryEventType, key: StoredKey | undefined, stored: unknown, before: unknown, at: number, count = 1): void {
    if (!this.#wanted.has(type)) return;
    this.count++;
    this.#incoming.push({ type, key, stored, before, at, count });
    if (this.#delivery === 'due' || (this.#delivery === 'paused' && this.#backlog < BACKLOG_MAX)) return;
    this.#delivery = 'due';
    queueMicrotask(this.#deliver);
  }

  /** Delivers what has happened, then ends. */
  close(): void {
    while (this.#takeBatch()) this.#deliverOne();
    const left = this.#subscriptions;
    this.#setSubscriptions([]);
    for (const subscription of left) {
      subscription.live = false;
      subscription.subscriber.end();
    }
  }

  get #backlog(): number {
    return this.#batch.length - this.#next + this.#incoming.length;
  }

  readonly #deliver = (): void => {
    this.#delivery = 'due';
    const began = this.#slices.now();
    for (let delivered = 1; this.#takeBatch(); delivered++) {
      this.#deliverOne();
      if (delivered % STEPS === 0 && this.#backlog < BACKLOG_MAX && this.#slices.now() - began >= this.#slices.sliceMs)
        return this.#pause();
    }
    this.#delivery = 'idle';
  };

  #pause(): void {
    this.#delivery = 'paused';
    void this.#slices.pause().then(() => {
      if (this.#delivery === 'paused') this.#deliver();
    });
  }

  /** Whether there is something in the batch. */
  #takeBatch(): boolean {
    if (this.#next < this.#batch.length) return true;
    this.#batch = this.#incoming;
    this.#next = 0;
    this.#incoming = [];
    return this.#batch.length > 0;
  }

  #deliverOne(): void {
    const change = this.#batch[this.#next++]!;
    const number = this.#delivered++;
    for (const subscription of this.#subscriptions) {
      const { subscriber, from, live } = subscription;
      if (live && number >= from && subscriber.types.has(change.type)) subscriber.deliver(change);
    }
  }

  #end(subscription: Subscription): boolean {
    if (!subscription.live) return false;
    subscription.live = false;
    this.#setSubscriptions(this.#subscriptions.filter((one) => one !== subscription));
    return true;
  }

  #setSubscriptions(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions;
    this.#wanted = new Set(subscriptions.flatMap(({ subscriber }) => [...subscriber.types]));
    this.active = subscriptions.length > 0;
  }
}
